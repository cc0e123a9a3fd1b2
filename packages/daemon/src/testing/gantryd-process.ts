import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LogLine } from "./log-lines.ts";
import { temporaryDirectory } from "./test-daemon.ts";

const main = new URL("../main.ts", import.meta.url).pathname;

/** What gantryd of a test is started with. */
export interface GantrydOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors that it inherits, from 3 on. */
  readonly descriptors?: readonly number[];
  /** A program and its arguments that runs gantryd. Default: none. */
  readonly under?: readonly string[];
}

/** A gantryd of its own in directories of its own, whose log can be waited for. */
export class GantrydProcess {
  readonly directory: string;
  readonly socket: string;
  readonly child: ChildProcess;
  readonly lines: LogLine[] = [];
  readonly #arrivals = new EventEmitter();
  readonly #ended: Promise<unknown>;

  constructor(
    { flags = [], env = {}, descriptors = [], under = [] }: GantrydOptions,
    directory = temporaryDirectory(),
  ) {
    this.directory = directory;
    this.socket = join(directory, "s", "gantry.sock");
    const places = ["--root", join(directory, "r"), "--state", join(directory, "s")];
    const [program = "", ...args] = [...under, process.execPath, ...process.execArgv, main, ...places, ...flags];
    this.child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe", ...descriptors],
      env: { PATH: process.env["PATH"], ...env },
    });
    this.#ended = once(this.child, "exit");
    createInterface({ input: this.child.stderr ?? process.stdin }).on("line", (line) => {
      // Node itself and the bootstrap may write other lines.
      this.lines.push(line.startsWith("{") ? JSON.parse(line) : { msg: line });
      this.#arrivals.emit("line");
    });
  }

  /** Resolves with the log's next line with this message, those already there included from the `from`th on. */
  async line(message: string, from = 0): Promise<LogLine> {
    for (;;) {
      const found = this.lines.slice(from).find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      await once(this.#arrivals, "line");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
