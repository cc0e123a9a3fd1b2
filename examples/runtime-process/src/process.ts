import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { CallOptions, DeleteOptions, ErrorKind, Exit, KillOptions, OutputFrame } from "@gantry/api";
import { OperationError, type OutputOptions, type Process, type ProcessState, type Signal } from "@gantry/api";
import { type Identity, identityOf, isAlive, readJson, sendSignal, writeJson } from "./files.ts";
import type { Program } from "./program.ts";

const monitor = fileURLToPath(new URL("./monitor.ts", import.meta.url));
/** How often the files of a process are looked at while somebody waits. */
const pollMs = 20;
const spawnErrors: Readonly<Record<string, ErrorKind>> = { ENOENT: "not-found", EACCES: "permission-denied" };

/** Where a process has its files, and whose it is. */
export interface Place {
  readonly id: string;
  readonly directory: string;
  /** Directory of the container's own process, for an exec. */
  readonly leader?: string;
  /** Aborts when the runtime is closed, with the error that its calls reject with from then on. */
  readonly closing: AbortSignal;
}

/** Makes the files of a process, or none. */
export function makeProcess(place: Place, program: Program): HostProcess {
  const { directory } = place;
  try {
    mkdirSync(directory);
    writeFileSync(`${directory}/output.jsonl`, "");
    writeJson(`${directory}/program.json`, program);
    return new HostProcess(place);
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (isTaken) throw errorOf(place, "already-exists", "is in use");
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Whether the making of its files came to its end, and no removal began. */
export function isMade({ directory }: Place): boolean {
  return existsSync(`${directory}/program.json`);
}

/** A process that is known by its files alone, so that the next instance of the runtime knows as much as this one. */
export class HostProcess implements Process {
  readonly id: string;
  readonly program: Program;
  readonly #place: Place;
  #deleted: { readonly exit: Exit | null } | undefined;

  constructor(place: Place) {
    this.id = place.id;
    this.#place = place;
    this.program = readJson<Program>(`${place.directory}/program.json`) as Program;
  }

  /** Between the start of the monitor and that of the program, it waits. */
  state(options?: CallOptions): Promise<ProcessState> {
    return this.#until(({ status, pid }) => status !== "running" || pid !== null, options);
  }

  async start({ signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const { directory, leader } = this.#place;
    const { status } = this.#look();
    if (status !== "created") throw this.error("failed-precondition", `is ${status}, expected created`);
    const args = [monitor, directory, ...(leader === undefined ? [] : [leader])];
    const child = spawn(process.execPath, args, { detached: true, stdio: "ignore" });
    child.once("error", () => undefined).unref();
    if (child.pid === undefined) throw this.error("resource-exhausted", "no process can be started");
    writeJson(`${directory}/monitor.json`, identityOf(child.pid));
    await this.state();
    const { errno } = this.#read<{ errno?: string }>("exit") ?? {};
    if (errno !== undefined) throw this.error(spawnErrors[errno] ?? "internal", `${this.program.args[0]}: ${errno}`);
  }

  async kill(signal: Signal, { all = false, ...options }: KillOptions = {}): Promise<void> {
    const number = numberOf(signal);
    if (number === undefined) throw this.error("invalid-argument", `there is no signal ${signal}`);
    const { status, pid } = await this.state(options);
    if (status === "created") this.#recordEnd(128 + number);
    else if (pid === null || !sendSignal(all ? -pid : pid, number))
      throw this.error("failed-precondition", "is stopped");
  }

  async wait(options?: CallOptions): Promise<Exit> {
    const { exit } = await this.#until((state) => state.exit !== null, options).catch((error: unknown) => {
      if (!this.#deleted?.exit) throw error;
      return this.#deleted;
    });
    return exit as Exit;
  }

  async *output({ fromOffset = 0n, follow = false, signal }: OutputOptions = {}): AsyncGenerator<OutputFrame> {
    const path = `${this.#place.directory}/output.jsonl`;
    this.#look();
    if (!this.program.keepsOutput) throw this.error("failed-precondition", "its output is not kept");
    if (fromOffset < 0n || fromOffset > statSync(path).size) throw this.error("out-of-range", "nothing is there");
    for (let offset = fromOffset; ; ) {
      signal?.throwIfAborted();
      // Looked at first: what was written before the end is read before the end is believed.
      const isLast = !follow || this.#look().exit !== null;
      const frames = readFrames(path, Number(offset));
      yield* frames;
      if (frames.length === 0 && isLast) return;
      if (frames.length === 0) await setTimeout(pollMs);
      offset = frames.at(-1)?.nextOffset ?? offset;
    }
  }

  resize = lacks("terminal");
  writeStdin = lacks("standard input");
  closeStdin = lacks("standard input");

  async delete(options: DeleteOptions = {}): Promise<Exit | null> {
    if (this.#place.leader === undefined) throw this.error("failed-precondition", "is deleted with its container");
    return this.forget(await this.end(options));
  }

  /** Makes sure that nothing of it runs any more, its monitor included. */
  async end({ force = false, signal }: DeleteOptions = {}): Promise<Exit | null> {
    signal?.throwIfAborted();
    const { status, pid } = await this.state();
    if (status === "running" && !force) throw this.error("failed-precondition", "is running");
    if (pid !== null) sendSignal(-pid, constants.signals.SIGKILL);
    return (await this.#until((state) => state.status !== "running" && !this.#hasMonitor())).exit;
  }

  /** Removes its files; first the one without which the others are nobody's, whatever happens in between. */
  forget(exit: Exit | null): Exit | null {
    this.#look();
    rmSync(`${this.#place.directory}/program.json`);
    rmSync(this.#place.directory, { recursive: true });
    this.#deleted = { exit };
    return exit;
  }

  get isDeleted(): boolean {
    return this.#deleted !== undefined;
  }

  /** An error that speaks of it. */
  error(kind: ErrorKind, detail: string): OperationError {
    return errorOf(this.#place, kind, detail);
  }

  /** Where it stands, by its files and the processes that they name. */
  #look(): ProcessState {
    this.#place.closing.throwIfAborted();
    if (this.#deleted) throw this.error("not-found", "was deleted");
    // Looked at first: a monitor writes the exit before it ends.
    const hasMonitor = this.#hasMonitor();
    const exit = this.#read<Exit>("exit");
    if (exit) return { status: "stopped", pid: null, exit: { ...exit, exitedAt: new Date(exit.exitedAt) } };
    if (this.#read("monitor") === undefined) return { status: "created", pid: null, exit: null };
    const running = this.#read<Identity>("running");
    if (hasMonitor || (running && isAlive(running)))
      return { status: "running", pid: running?.pid ?? null, exit: null };
    this.#recordEnd(255, running?.pid);
    return this.#look();
  }

  async #until(ready: (state: ProcessState) => boolean, { signal }: CallOptions = {}): Promise<ProcessState> {
    for (;;) {
      signal?.throwIfAborted();
      const state = this.#look();
      if (ready(state)) return state;
      await setTimeout(pollMs);
    }
  }

  #hasMonitor(): boolean {
    const identity = this.#read<Identity>("monitor");
    return identity !== undefined && isAlive(identity);
  }

  /** Writes the end of a process that no monitor can tell of. */
  #recordEnd(status: number, pid = 0): void {
    writeJson(`${this.#place.directory}/exit.json`, { pid, status, exitedAt: new Date(), oomKilled: false });
  }

  #read<T>(name: string): T | undefined {
    return readJson<T>(`${this.#place.directory}/${name}.json`);
  }
}

/** The frames behind `offset`, of one MiB of the file at most; a frame that is being written waits for the next call. */
function readFrames(path: string, offset: number): readonly OutputFrame[] {
  const bytes = Buffer.alloc(Math.min(statSync(path).size - offset, 1 << 20));
  const file = openSync(path, "r");
  readSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
  let next = offset;
  const lines = bytes.toString("latin1").split("\n").slice(0, -1);
  return lines.map((line) => {
    const { stream, writtenAt, data } = JSON.parse(line);
    next += line.length + 1;
    return { stream, data: Buffer.from(data, "base64"), nextOffset: BigInt(next), writtenAt: new Date(writtenAt) };
  });
}

function numberOf(signal: Signal): number | undefined {
  const wanted = String(signal).toUpperCase();
  const known = Object.entries(constants.signals);
  return known.find(([name, number]) => [name, name.slice("SIG".length), String(number)].includes(wanted))?.[1];
}

function errorOf({ id, leader }: Place, kind: ErrorKind, detail: string): OperationError {
  return new OperationError(kind, { type: leader === undefined ? "container" : "process", id }, detail);
}

/** A method for what `capabilities` denies. */
export function lacks(what: string): () => Promise<never> {
  return async () => {
    throw new OperationError("unimplemented", { type: "runtime", id: "process" }, `has no ${what}`);
  };
}
