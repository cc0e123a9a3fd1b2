import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { objectText } from "../input/objects.ts";
import { formatAge } from "../output/quantities.ts";
import { printable, table } from "../output/table.ts";

/** `gantry lease ls` */
export const leaseLs: CommandModule = { configure, run: listLeases };

function configure(command: Command): void {
  command.argument("[lease]", "shows what this one keeps, instead of all leases").option("--json", "as JSON");
}

async function listLeases(
  context: CommandContext,
  [id]: readonly [string | undefined],
  flags: { readonly json?: true },
): Promise<undefined> {
  if (id !== undefined) return listResources(context, id, flags);
  const { client, output } = context;
  const leases = await client.leases.list();
  if (flags.json) {
    await output.json(leases);
    return;
  }
  const rows = leases.map(({ createdAt, expiresAt, id: name, labels }) => [
    name,
    formatAge(createdAt),
    expiresAt === null ? "never" : expiresAt.toISOString(),
    [...labels].map(([key, value]) => `${key}=${value}`).join(","),
  ]);
  await output.line(table(["LEASE", "CREATED", "ENDS", "LABELS"], rows));
}

async function listResources(
  { client, output }: CommandContext,
  id: string,
  flags: { readonly json?: true },
): Promise<undefined> {
  const objects = await client.leases.resources(id);
  if (flags.json) {
    await output.json(objects);
    return;
  }
  for (const object of objects) await output.line(printable(objectText(object)));
}
