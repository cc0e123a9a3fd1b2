import { posix } from "node:path";
import type { CheckpointImage } from "./checkpoint.ts";
import type { Rest, Turn } from "./programs/program.ts";
import { findProgram } from "./programs/shell.ts";
import type { ContainerRecord, Frame, ProcessRecord } from "./record.ts";
import { RootFiles } from "./root-files.ts";
import { endsByDefault, killSignal } from "./signal.ts";

/** As much as a pipe holds (pipe(7)). */
export const pipeBytes = 65_536;

/** Who is told of what the processes of a container do. */
export interface Observer {
  printed(process: ProcessRecord, frame: Frame): void;
  ended(process: ProcessRecord): void;
}

/**
 * Lets the processes of one container go on in simulated time: what was due is done at the time it was due, however
 * late anybody looks. Everything it knows is in the record, so that a copy of that can be asked how it goes on.
 */
export class Simulation {
  readonly #record: ContainerRecord;
  readonly #observer: Observer;
  readonly #files: RootFiles;

  constructor(record: ContainerRecord, observer: Observer) {
    this.#record = record;
    this.#observer = observer;
    this.#files = new RootFiles(record.root);
  }

  /** Does all that was due until `now`. */
  advance(now: number): void {
    for (;;) {
      const next = this.#next();
      if (next === null || next.at > now) return;
      this.#run(next.process, next.at);
    }
  }

  /** When something happens by itself; `null` if nothing does. */
  get wakeAt(): number | null {
    return this.#next()?.at ?? null;
  }

  /** Runs the program of a created process, which has its pid. */
  start(process: ProcessRecord, now: number): void {
    process.status = "running";
    this.#run(process, now);
  }

  /** Lets a created process, which has its pid, go on as the init process of `image` stood. */
  restore(process: ProcessRecord, image: CheckpointImage, now: number): void {
    const { args, env, cwd, memory, awaitsInput, input, isInputClosed, ignored, wakeAt } = image.init;
    Object.assign(process, { args, env, cwd, memory, awaitsInput, input, isInputClosed, ignored });
    this.#record.files.push(...image.files);
    process.status = "running";
    process.wakeAt = wakeAt === null ? null : now + wakeAt - image.savedAt;
  }

  /** Delivers a signal, which waits while the container is paused, except for the one that nothing holds up. */
  signal(process: ProcessRecord, signal: number, now: number): void {
    if (process.status === "stopped") return;
    if (signal !== killSignal && this.#record.isPaused) {
      process.pending.push(signal);
    } else if (signal === killSignal || (endsByDefault(signal) && !process.ignored.includes(signal))) {
      this.#end(process, 128 + signal, now);
    }
  }

  /** Lets a paused container go on: what was due meanwhile happens now. */
  resume(now: number): void {
    this.#record.isPaused = false;
    for (const process of this.#record.processes) {
      if (process.wakeAt !== null) process.wakeAt = Math.max(process.wakeAt, now);
      for (const signal of process.pending.splice(0)) this.signal(process, signal, now);
      if (process.awaitsInput && (process.input !== "" || process.isInputClosed)) process.wakeAt = now;
    }
    this.advance(now);
  }

  /** Gives a process input, as much as there is room for, and returns how many bytes that was. */
  feed(process: ProcessRecord, data: Uint8Array, now: number): number {
    const taken = data.subarray(0, pipeBytes - process.input.length);
    const text = Buffer.from(taken).toString("latin1");
    // A terminal shows what is typed.
    if (process.terminal) this.#print(process, { stream: "stdout", data: taken, at: now });
    process.input += text;
    this.#offerInput(process, now);
    return taken.length;
  }

  closeInput(process: ProcessRecord, now: number): void {
    process.isInputClosed = true;
    this.#offerInput(process, now);
  }

  #offerInput(process: ProcessRecord, now: number): void {
    if (process.status === "running" && process.awaitsInput && !this.#record.isPaused) this.#run(process, now);
  }

  #next(): { readonly process: ProcessRecord; readonly at: number } | null {
    if (this.#record.isPaused) return null;
    let next: { readonly process: ProcessRecord; readonly at: number } | null = null;
    for (const process of this.#record.processes) {
      const at = process.wakeAt;
      if (process.status === "running" && at !== null && (next === null || at < next.at)) next = { process, at };
    }
    return next;
  }

  #run(process: ProcessRecord, now: number): void {
    this.#record.turns += 1;
    process.awaitsInput = false;
    process.wakeAt = null;
    const [name = "", ...args] = process.args;
    const program = findProgram(name);
    // It was there when the process was started; a later version of this package may know less.
    const rest: Rest =
      program === undefined ? { kind: "exit", status: 127 } : program(this.#turn(process, now), args, process.memory);
    if (rest.kind === "exit") this.#end(process, rest.status, now);
    else if (rest.kind === "sleep") process.wakeAt = rest.until;
    else process.awaitsInput = true;
  }

  #turn(process: ProcessRecord, now: number): Turn {
    const record = this.#record;
    const absolute = (path: string) => posix.resolve(process.cwd, path);
    const isMade = (path: string) => record.files.includes(absolute(path));
    const numberOf = ({ pid }: ProcessRecord) => pid - (record.processes[0]?.pid ?? pid) + 1;
    return {
      now,
      number: numberOf(process),
      hostname: record.hostname,
      env: new Map(process.env.map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)])),
      get isInputClosed() {
        return process.isInputClosed || !process.hasInput;
      },
      takeInput: () => {
        const taken = Buffer.from(process.input, "latin1");
        process.input = "";
        return taken;
      },
      print: (stream, data) => this.#print(process, { stream, data: Buffer.from(data), at: now }),
      ignore: (signal) => process.ignored.push(signal),
      exists: (path) => isMade(path) || this.#files.exists(absolute(path)),
      touch: (path) => {
        if (!isMade(path)) record.files.push(absolute(path));
      },
      read: (path) => this.#files.read(absolute(path)) ?? (isMade(path) ? new Uint8Array() : null),
      processes: () =>
        record.processes
          .filter(({ status }) => status === "running")
          .map((one) => ({ number: numberOf(one), args: one.args })),
    };
  }

  #print(process: ProcessRecord, frame: Frame): void {
    if (!process.keepsOutput || frame.data.length === 0) return;
    if (!process.terminal) {
      this.#observer.printed(process, frame);
      return;
    }
    // A terminal has one stream, and ends lines as teletypes do (termios(3), ONLCR).
    const text = Buffer.from(frame.data).toString("latin1").replaceAll("\n", "\r\n");
    this.#observer.printed(process, { stream: "stdout", data: Buffer.from(text, "latin1"), at: frame.at });
  }

  /** The end of the first process is the end of all, as in a pid namespace (pid_namespaces(7)). */
  #end(process: ProcessRecord, status: number, at: number): void {
    if (process.status === "stopped") return;
    process.status = "stopped";
    process.exit = { status, at };
    process.wakeAt = null;
    process.awaitsInput = false;
    process.input = "";
    const [init, ...others] = this.#record.processes;
    if (process === init) {
      this.#record.isPaused = false;
      for (const other of others) if (other.status === "running") this.#end(other, 128 + killSignal, at);
    }
    this.#observer.ended(process);
  }
}
