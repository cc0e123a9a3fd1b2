import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge } from "../output/quantities.ts";
import { table } from "../output/table.ts";

/** `gantry namespace ls` */
export const namespaceLs: CommandModule = { configure, run: listNamespaces };

function configure(command: Command): void {
  command.option("--json", "as JSON");
}

async function listNamespaces(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: { json?: true },
): Promise<undefined> {
  const namespaces = await client.namespaces.list();
  if (flags.json) {
    await output.json(namespaces);
    return;
  }
  const rows = namespaces.map(({ createdAt, labels, name }) => [
    name,
    formatAge(createdAt),
    [...labels].map(([key, value]) => `${key}=${value}`).join(","),
  ]);
  await output.line(table(["NAMESPACE", "CREATED", "LABELS"], rows));
}
