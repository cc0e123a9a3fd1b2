import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry lease rm` */
export const leaseRm: CommandModule = { configure, run: removeLeases };

function configure(command: Command): void {
  command.argument("<lease...>", "ids of leases").option("--sync", "wait until what they alone kept is collected");
}

async function removeLeases(
  { client, output }: CommandContext,
  [ids]: readonly [readonly string[]],
  { sync = false }: { readonly sync?: boolean },
): Promise<number> {
  return forEach(ids, output, async (id) => {
    await client.leases.delete(id, { sync });
    await output.line(id);
  });
}
