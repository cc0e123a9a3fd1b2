import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { forEach } from "../failures.ts";
import { parseDuration } from "../input/duration.ts";

/** How to stop. */
export interface StopFlags {
  readonly signal: string;
  readonly time?: number;
}

/** `gantry stop` */
export const stop: CommandModule = { configure, run: stopContainers };

function configure(command: Command): void {
  addStopOptions(command).addHelpText(
    "after",
    "\nA container that was stopped is not restarted, also not by the next start of the daemon, unless its policy is always.",
  );
}

/** Adds the operands and options of a command that stops containers. */
export function addStopOptions(command: Command): Command {
  return command
    .argument("<container...>", "ids of containers")
    .option("-s, --signal <signal>", "name or number of the signal that asks it to end", "SIGTERM")
    .option("-t, --time <time>", "time after which it is killed (default: 10s)", parseDuration);
}

/** Returns what the flags ask for. */
export function stopOptionsFrom({ signal, time }: StopFlags) {
  return { stopSignal: signal, ...(time !== undefined && { timeoutMs: time }) };
}

async function stopContainers(
  { client, output }: CommandContext,
  [containers]: readonly [readonly string[]],
  flags: StopFlags,
): Promise<number> {
  return forEach(containers, output, async (id) => {
    await client.containers.stop(id, stopOptionsFrom(flags));
    await output.line(id);
  });
}
