import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { formatSize } from "../output/quantities.ts";
import { table } from "../output/table.ts";

interface Flags extends SnapshotterFlags {
  readonly json?: true;
}

/** `gantry snapshot usage` */
export const snapshotUsage: CommandModule = { configure, run: measureSnapshot };

function configure(command: Command): void {
  addSnapshotterOption(command.argument("<snapshot>", "key or name of a snapshot, whole")).option("--json", "as JSON");
}

async function measureSnapshot(
  { client, output }: CommandContext,
  [name]: readonly [string],
  flags: Flags,
): Promise<undefined> {
  const usage = await chosenSnapshots(client, flags).usage(name);
  if (flags.json) {
    await output.json(usage);
    return;
  }
  await output.line(table(["SIZE", "INODES"], [[formatSize(usage.sizeBytes), String(usage.inodes)]]));
}
