import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry snapshot rm` */
export const snapshotRm: CommandModule = { configure, run: removeSnapshots };

function configure(command: Command): void {
  command
    .argument("<snapshot...>", "keys or names of snapshots, whole")
    .option("--snapshotter <id>", "snapshotter (default: the daemon's)");
}

async function removeSnapshots(
  { client, output }: CommandContext,
  [names]: readonly [readonly string[]],
  flags: { readonly snapshotter?: string },
): Promise<number> {
  const snapshots = flags.snapshotter === undefined ? client.snapshots : client.snapshots.of(flags.snapshotter);
  return forEach(names, output, async (name) => {
    await snapshots.remove(name);
    await output.line(name);
  });
}
