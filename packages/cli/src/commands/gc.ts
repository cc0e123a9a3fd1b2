import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { type ObjectRef, objectForm, objectText, parseObject } from "../input/objects.ts";
import { printable } from "../output/table.ts";

interface Flags {
  readonly dryRun?: true;
  readonly explain?: ObjectRef;
  readonly json?: true;
}

/** `gantry gc` */
export const gc: CommandModule = { configure, run: collectGarbage };

function configure(command: Command): void {
  command
    .option("--dry-run", "say only what would be removed")
    .option("--explain <object>", `say what keeps an object: ${objectForm}`, parseObject)
    .option("--json", "as JSON");
}

async function collectGarbage(context: CommandContext, _operands: readonly [], flags: Flags): Promise<undefined> {
  if (flags.explain !== undefined) return explain(context, flags.explain, flags);
  const { client, output } = context;
  const { dryRun = false } = flags;
  const result = await client.gc.collect({ dryRun });
  if (flags.json) {
    await output.json(result);
    return;
  }
  const { removed, removedCount, busy, keptCount } = result;
  for (const object of removed) await output.line(printable(objectText(object)));
  const rest = removedCount - removed.length;
  if (rest > 0) await output.line(`and ${rest} more`);
  for (const object of busy)
    await output.line(`${printable(objectText(object))} is in use, and left for the next time`);
  await output.line(`${removedCount} ${dryRun ? "would be removed" : "removed"}, ${keptCount} kept`);
}

async function explain({ client, output }: CommandContext, object: ObjectRef, flags: Flags): Promise<undefined> {
  const path = await client.gc.explain(object);
  if (flags.json) {
    await output.json(path);
    return;
  }
  if (path.length === 0) {
    await output.line(`nothing keeps ${printable(objectText(object))}: the next collection removes it`);
  }
  for (const [index, step] of path.entries()) {
    const indent = index === 0 ? "" : `${"   ".repeat(index - 1)}└─ `;
    await output.line(`${indent}${printable(objectText(step.object))} (${printable(step.reason)})`);
  }
}
