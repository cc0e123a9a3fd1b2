import { spawn } from "node:child_process";
import { programArguments, programEnvironment } from "../harness/private-daemon.ts";

/** What a command of the demo came to. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
}

/** A step that is not as it should be; ends the demo. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

/** Fails the demo unless `holds`. */
export function expect(holds: boolean, what: string): void {
  if (!holds) {
    throw new DemoFailure(`not as it should be: ${what}`);
  }
  console.log(`  ✓ ${what}`);
}

/** Prints a heading, does a step, and prints how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  console.log(`\n▸ ${title}`);
  const begin = performance.now();
  const result = await work();
  console.log(`  (${Math.round(performance.now() - begin)} ms)`);
  return result;
}

/** Runs the command line against one daemon, as a person would type it. */
export class CommandLine {
  readonly #address: string;
  readonly #signal: AbortSignal;

  constructor(address: string, signal: AbortSignal) {
    this.#address = address;
    this.#signal = signal;
  }

  /** Shows the command and its output; fails the demo unless it ends with `expected`. */
  async show(args: readonly string[], expected = 0): Promise<CommandResult> {
    console.log(`  $ gantry ${args.map(quoted).join(" ")}`);
    const result = await this.#run(args);
    for (const line of result.stdout.split("\n").filter((text) => text !== "")) {
      console.log(`    ${line}`);
    }
    if (result.code !== expected) {
      throw new DemoFailure(`gantry ${args.join(" ")} ended with ${result.code}, not ${expected}`);
    }
    return result;
  }

  /** Runs a command that answers in JSON, unseen, and returns the answer. */
  async ask(args: readonly string[]): Promise<unknown> {
    const { code, stdout } = await this.#run([...args, "--json"]);
    if (code !== 0) {
      throw new DemoFailure(`gantry ${args.join(" ")} --json ended with ${code}`);
    }
    return JSON.parse(stdout);
  }

  #run(args: readonly string[]): Promise<CommandResult> {
    this.#signal.throwIfAborted();
    const child = spawn(process.execPath, [...programArguments("cli"), "--address", this.#address, ...args], {
      env: programEnvironment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    const stop = () => child.kill("SIGKILL");
    this.#signal.addEventListener("abort", stop, { once: true });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        this.#signal.removeEventListener("abort", stop);
        if (this.#signal.aborted) reject(this.#signal.reason);
        else resolve({ code: code ?? 255, stdout });
      });
    });
  }
}

function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
