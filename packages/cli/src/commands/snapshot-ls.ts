import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge, formatSize } from "../output/quantities.ts";
import { printable, table } from "../output/table.ts";
import { tree } from "../output/tree.ts";

interface Flags {
  readonly json?: true;
  readonly snapshotter?: string;
}

/** `gantry snapshot ls` */
export const snapshotLs: CommandModule = { configure, run: listSnapshots };

function configure(command: Command): void {
  command
    .option("--snapshotter <id>", "snapshotter (default: the daemon's)")
    .option("--json", "as JSON, without the tree");
}

async function listSnapshots(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: Flags,
): Promise<undefined> {
  const snapshots = flags.snapshotter === undefined ? client.snapshots : client.snapshots.of(flags.snapshotter);
  const infos = await Array.fromAsync(snapshots.walk());
  const found = await Promise.all(infos.map(async (info) => ({ ...info, usage: await snapshots.usage(info.name) })));
  if (flags.json) {
    await output.json(found);
    return;
  }
  const lines = tree(found.map((info) => ({ ...info, id: info.name })));
  const rows = lines.map(({ branch, item }) => [
    `${branch}${shorten(item.name)}`,
    item.readonly ? "view" : item.kind,
    item.parent === null ? "-" : shorten(item.parent),
    formatSize(item.usage.sizeBytes),
    formatAge(item.createdAt),
  ]);
  await output.line(table(["SNAPSHOT", "KIND", "PARENT", "SIZE", "CREATED"], rows));
}

/** A digest is known by its beginning. */
function shorten(name: string): string {
  return printable(name.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, "$1"));
}
