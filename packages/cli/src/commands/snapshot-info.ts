import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { formatSize } from "../output/quantities.ts";
import { printable } from "../output/table.ts";

interface Flags extends SnapshotterFlags {
  readonly json?: true;
}

/** `gantry snapshot info` */
export const snapshotInfo: CommandModule = { configure, run: showSnapshot };

function configure(command: Command): void {
  addSnapshotterOption(command.argument("<snapshot>", "key or name of a snapshot, whole")).option("--json", "as JSON");
}

async function showSnapshot(
  { client, output }: CommandContext,
  [name]: readonly [string],
  flags: Flags,
): Promise<undefined> {
  const snapshots = chosenSnapshots(client, flags);
  const [info, usage] = await Promise.all([snapshots.stat(name), snapshots.usage(name)]);
  if (flags.json) {
    await output.json({ ...info, usage });
    return;
  }
  const facts = [
    ["name", info.name],
    ["kind", info.kind],
    ["parent", info.parent ?? "-"],
    ["readonly", info.readonly ? "yes" : "no"],
    ["created", info.createdAt.toISOString()],
    ["updated", info.updatedAt.toISOString()],
    ["size", formatSize(usage.sizeBytes)],
    ["inodes", String(usage.inodes)],
    ...[...info.labels].map(([key, value]) => ["label", `${key}=${value}`] as const),
  ] as const;
  await output.line(facts.map(([fact, value]) => `${fact.padEnd(9)} ${printable(value)}`).join("\n"));
}
