import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addLabelOption, addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { addMountOptions, type MountFlags, printMounts } from "../output/mount-output.ts";

interface Flags extends SnapshotterFlags, MountFlags {
  readonly label?: ReadonlyMap<string, string>;
}

/** `gantry snapshot view` */
export const snapshotView: CommandModule = { configure, run: viewSnapshot };

function configure(command: Command): void {
  command.argument("<key>", "new key, which no snapshot has").argument("<parent>", "name of a Committed snapshot");
  addMountOptions(addLabelOption(addSnapshotterOption(command)));
}

async function viewSnapshot(
  { client, output }: CommandContext,
  [key, parent]: readonly [string, string],
  { label: labels = new Map(), ...flags }: Flags,
): Promise<undefined> {
  await printMounts(output, await chosenSnapshots(client, flags).view(key, parent, { labels }), flags);
}
