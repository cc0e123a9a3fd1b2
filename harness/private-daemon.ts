import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a private gantryd is started. */
export interface PrivateDaemonOptions {
  /** Directory that holds root, state and socket; exists. */
  readonly home: string;
  /** Whether the build is run, as users install it, or the sources. Default: the sources. */
  readonly built?: boolean;
}

/** A gantryd of one's own, on directories and a socket that nobody else uses. */
export interface PrivateDaemon {
  readonly address: string;
  readonly pid: number;
  /** Sends a signal and waits for the end; returns the exit code, or the signal's name. */
  stop(signal: NodeJS.Signals): Promise<number | string>;
}

/** Returns the arguments for Node that run a program of this repository: `daemon` or `cli`. */
export function programArguments(name: "daemon" | "cli", built: boolean): string[] {
  const path = (file: string) => fileURLToPath(new URL(`../packages/${name}/${file}`, import.meta.url));
  return built ? [path("dist/main.js")] : ["--conditions=gantry-source", path("src/main.ts")];
}

/** Starts gantryd and waits until it serves. Rejects with what it wrote if it ends before. */
export async function startPrivateDaemon(options: PrivateDaemonOptions): Promise<PrivateDaemon> {
  const { home, built = false } = options;
  const address = `unix://${join(home, "gantry.sock")}`;
  const flags = ["--root", join(home, "root"), "--state", join(home, "state"), "--address", address];
  // A group of its own: Ctrl-C in the terminal is for the caller, who then stops the daemon.
  const child = spawn(process.execPath, [...programArguments("daemon", built), ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  await serving(child);
  const { pid } = child;
  if (pid === undefined) {
    throw new TypeError("gantryd serves without a process id");
  }
  return { address, pid, stop: (signal) => stop(child, signal) };
}

async function serving(child: ChildProcess): Promise<void> {
  const { stderr } = child;
  if (stderr === null) {
    throw new TypeError("gantryd was started without a pipe for its log");
  }
  const lines: string[] = [];
  const log = createInterface({ input: stderr });
  const ready = Promise.withResolvers<void>();
  log.on("line", (line) => {
    // The log is kept until it serves, then only drained.
    if (line.includes('"msg":"serving"')) {
      ready.resolve();
    } else if (lines.length < 200) {
      lines.push(line);
    }
  });
  child.once("error", ready.reject);
  child.once("exit", (code, signal) => {
    ready.reject(new Error(`gantryd ended with ${code ?? signal} before it served:\n${lines.join("\n")}`));
  });
  await ready.promise;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, "exit");
  }
  return child.exitCode ?? child.signalCode ?? "unknown";
}
