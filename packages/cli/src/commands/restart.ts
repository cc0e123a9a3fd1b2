import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";
import { addStopOptions, type StopFlags, stopOptionsFrom } from "./stop.ts";

/** `gantry restart` */
export const restart: CommandModule = { configure: addStopOptions, run: restartContainers };

async function restartContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
  flags: StopFlags,
): Promise<number> {
  return forEach(containers, output, async (id) => {
    await client.containers.restart(id, stopOptionsFrom(flags));
    await output.line(id);
  });
}
