import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";

/** `gantry kill` */
export const kill: CommandModule = { configure, run: killContainers };

function configure(command: Command): void {
  command
    .argument("<container...>", "ids of containers")
    .option("-s, --signal <signal>", "name or number of the signal", "SIGKILL")
    .option("--all-processes", "send it to every process of the container");
}

async function killContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
  flags: { readonly signal: string; readonly allProcesses?: true },
): Promise<number> {
  return forEach(containers, output, async (id) => {
    await client.containers.kill(id, flags.signal, { all: flags.allProcesses ?? false });
    await output.line(id);
  });
}
