import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a gantryd of one's own is started. */
export interface PrivateDaemonOptions {
  readonly root: string;
  readonly state: string;
  readonly address: string;
  /** Path of a configuration file. Default: none. */
  readonly config?: string;
  /** Whether the build is run, as users install it, or the sources. Default: the sources. */
  readonly built?: boolean;
  /** Receives the daemon's log. Default: thrown away. */
  readonly log?: NodeJS.WritableStream;
}

/** A gantryd on directories and a socket that nobody else uses. */
export interface PrivateDaemon {
  readonly address: string;
  readonly pid: number;
  /** Milliseconds from its start until it served. */
  readonly readyMs: number;
  /** Its exit code; 128 + n if signal n ended it. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** Returns the arguments with which Node runs a program of this repository. */
export function programArguments(name: "daemon" | "cli", built = false): string[] {
  const path = (file: string) => fileURLToPath(new URL(`../packages/${name}/${file}`, import.meta.url));
  return built ? [path("bundle/main.js")] : ["--conditions=gantry-source", path("src/main.ts")];
}

/** Returns the environment for it: Node keeps what it compiled, which halves what a command from the sources takes. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const cache = fileURLToPath(new URL("../.cache/compile", import.meta.url));
  return { NODE_COMPILE_CACHE: cache, ...process.env };
}

/** Starts gantryd and waits until it serves. Rejects with what it wrote if it ends before. */
export async function startPrivateDaemon(options: PrivateDaemonOptions): Promise<PrivateDaemon> {
  const { root, state, address, config, built } = options;
  const begin = performance.now();
  const flags = [
    "--root",
    root,
    "--state",
    state,
    "--address",
    address,
    ...(config === undefined ? [] : ["--config", config]),
  ];
  const child = spawn(process.execPath, [...programArguments("daemon", built), ...flags], {
    env: programEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
    // A group of its own: Ctrl-C in the terminal is for the caller, who then ends the daemon.
    detached: true,
  });
  const ended = endOf(child);
  await serving(child, options.log);
  return {
    address,
    pid: child.pid ?? 0,
    readyMs: performance.now() - begin,
    ended,
    kill: (signal) => child.kill(signal),
  };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGKILL" ? 137 : 143)));
    child.once("error", () => resolve(127));
  });
}

async function serving(child: ChildProcess, log: NodeJS.WritableStream | undefined): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const firstLines: string[] = [];
  let served = false;
  const onLine = (line: string) => {
    log?.write(`${line}\n`);
    if (served) return;
    firstLines.push(line);
    if (line.includes('"msg":"serving"')) {
      served = true;
      ready.resolve();
    }
  };
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", onLine);
  }
  const failed = (why: unknown) => ready.reject(new Error(`gantryd does not serve: ${why}\n${firstLines.join("\n")}`));
  child.once("error", failed);
  child.once("exit", (code, signal) => failed(`it ended with ${code ?? signal}`));
  await ready.promise;
}
