import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { addSnapshotterOption, chosenSnapshots, type SnapshotterFlags } from "../input/snapshots.ts";
import { printable } from "../output/table.ts";
import { tree } from "../output/tree.ts";

interface Flags extends SnapshotterFlags {
  readonly json?: true;
}

/** `gantry snapshot tree` */
export const snapshotTree: CommandModule = { configure, run: drawSnapshots };

function configure(command: Command): void {
  addSnapshotterOption(command).option("--json", "as JSON: each snapshot with its name, kind and parent");
}

async function drawSnapshots(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: Flags,
): Promise<undefined> {
  const infos = await Array.fromAsync(chosenSnapshots(client, flags).walk());
  if (flags.json) {
    await output.json(infos.map(({ name, kind, parent, readonly }) => ({ name, kind, parent, readonly })));
    return;
  }
  for (const { branch, item } of tree(infos.map((info) => ({ ...info, id: info.name })))) {
    await output.line(`${branch}${printable(item.name)} (${item.readonly ? "view" : item.kind})`);
  }
}
