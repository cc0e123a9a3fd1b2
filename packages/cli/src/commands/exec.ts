import type { Command } from "commander";
import { stayWith } from "../attached.ts";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { runExitCode } from "../failures.ts";
import { collectVariables } from "../input/parse.ts";

interface Flags {
  readonly interactive?: true;
  readonly env?: ReadonlyMap<string, string>;
  readonly workdir?: string;
  readonly user?: string;
}

/** `gantry exec` */
export const exec: CommandModule = { configure, run: runExec, exitCodeOf: (error) => runExitCode(error, "process") };

function configure(command: Command): void {
  command
    .argument("<container>", "id of a running container")
    .argument("<command...>", "program and arguments")
    .passThroughOptions()
    .option("-i, --interactive", "hand standard input on")
    .option("-e, --env <name=value>", "set a variable; NAME alone takes its value over from here", collectVariables)
    .option("-w, --workdir <path>", "working directory (default: the container's)")
    .option("-u, --user <user[:group]>", "user to run as, by name or number (default: the container's)")
    .addHelpText("after", "\nExample:\n  gantry exec web cat /etc/hostname");
}

async function runExec(
  { client, output }: CommandContext,
  [container, command]: readonly [string, readonly string[]],
  flags: Flags,
): Promise<number> {
  const { env, interactive = false, user, workdir } = flags;
  const process = await client.containers.exec(container, {
    args: command,
    stdin: interactive,
    ...(env !== undefined && { env }),
    ...(workdir !== undefined && { cwd: workdir }),
    ...(user !== undefined && { user }),
  });
  const status = await stayWith(process, { output, stdin: interactive });
  // Kept by the daemon until somebody asks how it ended; nobody else will.
  await process.delete().catch(() => undefined);
  return status;
}
