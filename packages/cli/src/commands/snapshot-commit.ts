import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addLabelOption, addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";

interface Flags extends SnapshotterFlags {
  readonly label?: ReadonlyMap<string, string>;
}

/** `gantry snapshot commit` */
export const snapshotCommit: CommandModule = { configure, run: commitSnapshot };

function configure(command: Command): void {
  command
    .argument("<name>", "name of the new Committed snapshot, which no snapshot has")
    .argument("<key>", "key of the Active snapshot, which is consumed");
  addLabelOption(addSnapshotterOption(command));
}

async function commitSnapshot(
  { client, output }: CommandContext,
  [name, key]: readonly [string, string],
  { label: labels = new Map(), ...flags }: Flags,
): Promise<undefined> {
  await chosenSnapshots(client, flags).commit(name, key, { labels });
  await output.line(name);
}
