import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { addMountOptions, type MountFlags, printMounts } from "../output/mount-output.ts";

/** `gantry snapshot mounts` */
export const snapshotMounts: CommandModule = { configure, run: showMounts };

function configure(command: Command): void {
  addMountOptions(addSnapshotterOption(command.argument("<key>", "key of an Active snapshot")));
}

async function showMounts(
  { client, output }: CommandContext,
  [key]: readonly [string],
  flags: SnapshotterFlags & MountFlags,
): Promise<undefined> {
  await printMounts(output, await chosenSnapshots(client, flags).mounts(key), flags);
}
