import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry rm` */
export const rm: CommandModule = { configure, run: removeContainers };

function configure(command: Command): void {
  command.argument("<container...>", "ids of containers").option("-f, --force", "kill those that run first");
}

async function removeContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
  flags: { force?: true },
): Promise<number> {
  return forEach(containers, output, async (id) => {
    await client.containers.delete(id, { force: flags.force ?? false });
    await output.line(id);
  });
}
