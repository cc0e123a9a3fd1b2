import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { formatAge } from "../output/quantities.ts";
import { table } from "../output/table.ts";

/** `gantry token ls` */
export const tokenLs: CommandModule = { configure, run: listTokens };

function configure(command: Command): void {
  command.option("--json", "as JSON");
}

async function listTokens(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: { json?: true },
): Promise<undefined> {
  const tokens = await client.tokens.list();
  if (flags.json) {
    await output.json(tokens);
    return;
  }
  const rows = tokens.map(({ id, name, role, namespaces, createdAt, expiresAt }) => [
    id,
    name,
    role,
    namespaces === "all" ? "(all)" : namespaces.join(","),
    formatAge(createdAt),
    expiresAt === null ? "never" : `${expiresAt.toISOString()}${expiresAt.getTime() <= Date.now() ? " (over)" : ""}`,
  ]);
  await output.line(table(["TOKEN", "NAME", "ROLE", "NAMESPACES", "CREATED", "EXPIRES"], rows));
}
