import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { table } from "../output/table.ts";

/** `gantry exits` */
export const exits: CommandModule = { configure, run: listExits };

function configure(command: Command): void {
  command
    .argument("<container>", "id of a container, which may be gone")
    .option("--json", "as JSON")
    .addHelpText("after", "\nThe newest first. Kept are the last 50 of an id, for 30 days.");
}

async function listExits(
  { client, output }: CommandContext,
  [container]: readonly [string],
  flags: { readonly json?: true },
): Promise<undefined> {
  const found = await client.containers.exits(container);
  if (flags.json) {
    await output.json(found);
    return;
  }
  const rows = found.map(({ exitedAt, oomKilled, run, status, uid }) => [
    String(uid),
    String(run),
    `${status}${oomKilled ? " (out of memory)" : ""}`,
    exitedAt.toISOString(),
  ]);
  await output.line(table(["CONTAINER", "RUN", "STATUS", "ENDED"], rows));
}
