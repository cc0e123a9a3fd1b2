import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry wait` */
export const wait: CommandModule = { configure, run: waitForContainers };

function configure(command: Command): void {
  command
    .argument("<container...>", "ids of containers")
    .option("--json", "as JSON, one object a line")
    .addHelpText("after", "\nPrints the exit status of each, in the given order.");
}

async function waitForContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
  flags: { json?: true },
): Promise<number> {
  return forEach(containers, output, async (id) => {
    const exit = await client.containers.wait(id);
    await (flags.json ? output.jsonLine({ id, ...exit }) : output.line(String(exit.status)));
  });
}
