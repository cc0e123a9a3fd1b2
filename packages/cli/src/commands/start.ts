import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry start` */
export const start: CommandModule = { configure, run: startContainers };

function configure(command: Command): void {
  command.argument("<container...>", "ids of containers that do not run");
}

async function startContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
): Promise<number> {
  return forEach(containers, output, async (id) => {
    await client.containers.start(id);
    await output.line(id);
  });
}
