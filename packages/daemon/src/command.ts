import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isOperationError, OperationError } from "@gantry/api";
import { Command, CommanderError, Option } from "commander";
import { type Config, emptyConfig } from "./config/config.ts";
import { parseConfig } from "./config/parse-config.ts";
import { type TcpFlags, withTcpFlags } from "./config/tcp-flags.ts";
import { type LogLevel, logLevels } from "./log.ts";
import { daemonVersion } from "./version.ts";

/** Flags as they came; what was not given is absent, and decided by the configuration or a default. */
interface Flags extends TcpFlags {
  readonly root?: string;
  readonly state?: string;
  readonly address?: string;
  readonly config?: string;
  readonly logLevel?: LogLevel;
}

/**
 * Runs `gantryd ARGS...` until it is told to stop.
 *
 * @returns the exit status: 0 stopped in order, 1 a failure, 2 a wrong flag
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const command = createCommand();
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  try {
    // All that serving needs is loaded only when it comes to that.
    const { serve } = await import("./serve.ts");
    await serve(settingsFrom(command.opts<Flags>()));
    return 0;
  } catch (error) {
    if (!isOperationError(error)) throw error;
    process.stderr.write(`gantryd: ${error.message}\n`);
    return 1;
  }
}

function createCommand(): Command {
  return new Command("gantryd")
    .description("the Gantry container daemon")
    .version(daemonVersion(), "--version")
    .addOption(new Option("--root <directory>", "what survives a reboot (default: /var/lib/gantry)").env("GANTRY_ROOT"))
    .addOption(new Option("--state <directory>", "what does not (default: /run/gantry)").env("GANTRY_STATE"))
    .addOption(
      new Option("--address <address>", "where to listen (default: unix://STATE/gantry.sock)").env("GANTRY_ADDRESS"),
    )
    .addOption(
      new Option("--listen <address>", "where to listen on TCP as well: tcp://ADDRESS:PORT (default: nowhere)"),
    )
    .addOption(new Option("--tokens", "let callers on TCP show who they are by tokens"))
    .addOption(new Option("--tls-certificate <file>", "the daemon's certificate, in PEM"))
    .addOption(new Option("--tls-key <file>", "its key, in PEM"))
    .addOption(new Option("--tls-client-ca <file>", "authority of clients' certificates, in PEM"))
    .addOption(new Option("--config <file>", "configuration to read (default: none)"))
    .addOption(new Option("--log-level <level>", "how much to log (default: info)").choices(logLevels))
    .allowExcessArguments(false)
    .exitOverride();
}

/** Flags and environment win over the file, the file over what is built in. */
function settingsFrom(flags: Flags) {
  const file = flags.config === undefined ? emptyConfig : readConfig(flags.config);
  const config = { ...file, listen: { ...file.listen, ...withTcpFlags(file.listen.tcp, flags) } };
  const root = flags.root ?? config.root ?? "/var/lib/gantry";
  const state = flags.state ?? config.state ?? "/run/gantry";
  const address = flags.address ?? config.listen.address ?? defaultAddress(state);
  return { config, root, state, address, logLevel: flags.logLevel ?? config.logLevel ?? "info" };
}

function defaultAddress(state: string): string {
  return process.platform === "win32" ? "npipe:////./pipe/gantry" : `unix://${join(resolve(state), "gantry.sock")}`;
}

function readConfig(file: string): Config {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationError("invalid-argument", { type: "daemon", id: path }, `cannot be read: ${reason}`, { cause });
  }
  return parseConfig(text, path, dirname(path));
}
