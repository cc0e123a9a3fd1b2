import { Command, CommanderError, Option } from "commander";
import { type CommandEntry, type CommandGroup, commandList } from "./command-list.ts";
import type { CommandModule } from "./command-module.ts";
import { exitCode } from "./exit-code.ts";
import { createOutput } from "./output/output.ts";

/** Filled in by the command that is run. */
interface Result {
  code: number;
}

/** Runs `gantry` with `args` (the program's own name not among them) and returns what to exit with. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const result: Result = { code: exitCode.ok };
  const program = describeProgram(result);
  try {
    await program.parseAsync([...args], { from: "user" });
    return result.code;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help that was asked for ends in an error too, of exit code 0.
      return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    }
    throw error;
  }
}

function describeProgram(result: Result): Command {
  const program = new Command("gantry")
    .description("Runs and looks after containers by way of a Gantry daemon.")
    .addOption(
      new Option("-a, --address <address>", "where the daemon listens: unix:///PATH or https://HOST:PORT").env(
        "GANTRY_ADDRESS",
      ),
    )
    .addOption(
      new Option("-n, --namespace <name>", 'namespace to work in (default: "default")').env("GANTRY_NAMESPACE"),
    )
    .addOption(new Option("--lease <id>", "lease for what the command makes (default: none)").env("GANTRY_LEASE"))
    // What stands behind a command belongs to it, so that `gantry run IMAGE ls -a` needs no `--`.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("(gantry --help tells more)")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", exitCodesHelp);
  addCommands(program, commandList, result);
  return program;
}

const exitCodesHelp = `
Exit codes: run and exec return the command's own; 125 the daemon could not run it, 126 it cannot be
executed, 127 it was not found. All others return 0, 1 after an error, 2 for wrong usage.`;

function addCommands(parent: Command, entries: readonly (CommandEntry | CommandGroup)[], result: Result): void {
  const loaders = new Map<Command, () => Promise<void>>();
  for (const entry of entries) {
    const command = parent.command(entry.name).description(entry.summary);
    if ("commands" in entry) {
      addCommands(command, entry.commands, result);
    } else {
      loaders.set(command, async () => bind(command, await entry.load(), result));
    }
  }
  parent.hook("preSubcommand", async (_parent, command) => {
    await loaders.get(command)?.();
  });
}

function bind(command: Command, module: CommandModule, result: Result): void {
  module.configure(command);
  command.action(async (...given: unknown[]) => {
    // commander appends the options and the command itself to the operands.
    const args = given.slice(0, -2);
    result.code = await runModule(module, { command, args });
  });
}

interface GlobalFlags {
  readonly address?: string;
  readonly lease?: string;
  readonly namespace?: string;
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

async function runModule(
  module: CommandModule,
  call: { readonly command: Command; readonly args: readonly unknown[] },
): Promise<number> {
  const output = createOutput();
  // A command may have an option of the same name, which means something else.
  const { address, lease, namespace } = rootOf(call.command).opts<GlobalFlags>();
  try {
    const { createClient } = await import("@gantry/client");
    await using client = createClient({ ...(address && { address }), ...(namespace && { namespace }) });
    const context = { client: lease ? client.withLease(lease) : client, output };
    return (await module.run(context, call.args, call.command.opts())) ?? exitCode.ok;
  } catch (error) {
    output.complain(error);
    return module.exitCodeOf?.(error) ?? exitCode.error;
  }
}
