import { isOperationError } from "@gantry/api";
import { Command, CommanderError, Option } from "commander";
import { describeConfigError } from "./config/config-error.ts";
import { type Flags, readSettings } from "./config/settings.ts";
import { logLevels } from "./log.ts";
import { daemonVersion } from "./version.ts";

/** What the command line asks for; answers with an exit status. */
type Task = (command: Command) => Promise<number>;

/**
 * Runs `gantryd ARGS...` until it is told to stop.
 *
 * @returns the exit status: 0 stopped in order, 1 a failure, 2 a wrong flag
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  let task: Task = serveDaemon;
  const command = createCommand((chosen) => {
    task = chosen;
  });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  try {
    return await task(command);
  } catch (error) {
    if (!isOperationError(error)) throw error;
    process.stderr.write(`gantryd: ${error.message}\n`);
    return 1;
  }
}

async function serveDaemon(command: Command): Promise<number> {
  const flags = command.opts<Flags>();
  const settings = readSettings(flags);
  // All that serving needs is loaded only when it comes to that.
  const { serve } = await import("./serve.ts");
  await serve(settings, () => readSettings(flags));
  return 0;
}

async function checkConfig(command: Command): Promise<number> {
  const { checkedFiles } = await import("./config/check-config.ts");
  try {
    const files = checkedFiles(command.opts<Flags>());
    process.stdout.write(
      files.length === 0 ? "nothing is configured\n" : files.map((file) => `${file}: ok\n`).join(""),
    );
    return 0;
  } catch (error) {
    const text = describeConfigError(error);
    if (text === undefined) throw error;
    process.stderr.write(`${text}\n`);
    return 1;
  }
}

async function dumpConfig(command: Command): Promise<number> {
  const { dumpedConfig } = await import("./config/dump-config.ts");
  process.stdout.write(dumpedConfig(command.opts<Flags>(), (name) => command.getOptionValueSource(name)));
  return 0;
}

async function writeDefaultConfig(): Promise<number> {
  const { defaultConfigText } = await import("./config/default-config.ts");
  process.stdout.write(defaultConfigText());
  return 0;
}

function createCommand(choose: (task: Task) => void): Command {
  const command = new Command("gantryd")
    .description("the Gantry container daemon")
    .version(daemonVersion(), "--version")
    .allowExcessArguments(false)
    .exitOverride()
    .action(() => choose(serveDaemon));
  for (const option of options()) command.addOption(option);
  const config = command.command("config").description("tell about the configuration");
  const tell = (name: string, about: string, task: Task) =>
    config
      .command(name)
      .description(about)
      .action(() => choose(task));
  tell("check", "say whether it can be understood, and where not", checkConfig);
  tell("default", "write one that says what holds without any", writeDefaultConfig);
  tell("dump", "write what is in force, and where each value comes from", dumpConfig);
  return command;
}

function options(): readonly Option[] {
  return [
    new Option("--root <directory>", "what survives a reboot (default: /var/lib/gantry)").env("GANTRY_ROOT"),
    new Option("--state <directory>", "what does not (default: /run/gantry)").env("GANTRY_STATE"),
    new Option("--address <address>", "where to listen (default: unix://STATE/gantry.sock)").env("GANTRY_ADDRESS"),
    new Option("--listen <address>", "where to listen on TCP as well: tcp://ADDRESS:PORT (default: nowhere)"),
    new Option("--tokens", "let callers on TCP show who they are by tokens"),
    new Option("--tls-certificate <file>", "the daemon's certificate, in PEM"),
    new Option("--tls-key <file>", "its key, in PEM"),
    new Option("--tls-client-ca <file>", "authority of clients' certificates, in PEM"),
    new Option("--config <file>", "configuration to read (default: /etc/gantry/gantry.toml, if it is there)").env(
      "GANTRY_CONFIG",
    ),
    new Option("--log-level <level>", "how much to log (default: info)").choices(logLevels).env("GANTRY_LOG_LEVEL"),
  ];
}
