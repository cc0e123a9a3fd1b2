import type { CallOptions } from "../call-options.ts";
import { OperationError, type Subject } from "../errors.ts";
import type {
  Exit,
  OutputFrame,
  OutputOptions,
  Process,
  ProcessState,
  ProcessStatus,
  Signal,
  TerminalSize,
} from "../process.ts";
import type { ProcessDriver } from "./driver.ts";
import { requireStatus } from "./require-status.ts";
import type { RuntimeRules } from "./runtime-rules.ts";
import { SerialQueue } from "./serial-queue.ts";
import { signalNumber } from "./signal-number.ts";
import { every, Wakeups, whenAborted } from "./wakeups.ts";

/** Where a process stands that has not ended. */
export const alive: readonly ProcessStatus[] = ["created", "running", "paused", "unknown"];

/** Where a process stands of which nothing runs. */
const still: readonly ProcessStatus[] = ["created", "stopped"];

/** How often a process is looked at while somebody waits whose driver does not tell of changes. */
const pollMs = 20;

/** SIGKILL of signal(7). */
const killSignal = 9;

/** To whom a process belongs. */
export interface DrivenProcessParts {
  readonly id: string;
  readonly driver: ProcessDriver;
  readonly rules: RuntimeRules;
  /** For calls that change the container or its processes. */
  readonly queue: SerialQueue;
  /** Forgets the process; absent for a container's own, which goes with its container. */
  readonly forget?: () => void;
}

/** A process by the rules of the contract, which its driver need not know. */
export class DrivenProcess implements Process {
  readonly id: string;
  readonly subject: Subject;
  readonly #parts: DrivenProcessParts;
  readonly #inputQueue = new SerialQueue();
  readonly #deletion = new AbortController();
  #exit: Exit | null = null;
  #isInputClosed = false;

  constructor(parts: DrivenProcessParts) {
    this.id = parts.id;
    this.subject = { type: parts.forget === undefined ? "container" : "process", id: parts.id };
    this.#parts = parts;
  }

  async state({ signal }: CallOptions = {}): Promise<ProcessState> {
    signal?.throwIfAborted();
    this.checkPresent();
    const state = await this.#parts.driver.look();
    this.checkPresent();
    this.#exit = state.exit;
    return state;
  }

  start(options?: CallOptions): Promise<void> {
    return this.change(options, async () => {
      await this.require("start", ["created"]);
      await this.#parts.driver.start();
    });
  }

  kill(signal: Signal, options?: CallOptions): Promise<void> {
    return this.change(options, () => this.signal(signalNumber(signal, this.subject), false));
  }

  async resize(size: TerminalSize, options?: CallOptions): Promise<void> {
    this.#parts.rules.requireCapability("terminal");
    const { driver } = this.#parts;
    if (driver.resize === undefined) throw this.#refusal("has no terminal");
    options?.signal?.throwIfAborted();
    await this.require("resize", alive);
    await driver.resize(size);
  }

  async writeStdin(data: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    this.#parts.rules.requireCapability("stdin");
    await this.#inputQueue.run(async () => {
      signal?.throwIfAborted();
      if (this.#isInputClosed) throw this.#refusal("its stdin is closed");
      await this.#requireInput();
      await this.#parts.driver.writeStdin?.(data, signal);
    });
  }

  async closeStdin({ signal }: CallOptions = {}): Promise<void> {
    this.#parts.rules.requireCapability("stdin");
    await this.#inputQueue.run(async () => {
      signal?.throwIfAborted();
      if (this.#isInputClosed) return this.checkPresent();
      await this.#requireInput();
      await this.#parts.driver.closeStdin?.();
      this.#isInputClosed = true;
    });
  }

  async *output({ fromOffset = 0n, follow = false, signal }: OutputOptions = {}): AsyncGenerator<OutputFrame> {
    const { driver } = this.#parts;
    signal?.throwIfAborted();
    this.checkPresent();
    if (driver.readOutput === undefined) throw this.#refusal("its output is not kept: it has no stdio of kind log");
    if (fromOffset < 0n) throw new OperationError("out-of-range", this.subject, "no offset is less than 0");
    const wakeups = this.#wakeups(signal);
    try {
      for (let offset = fromOffset; ; ) {
        signal?.throwIfAborted();
        // Asked first: what was written before the end is read before the end is believed.
        const isLast = !follow || (await this.state()).exit !== null;
        const frames = await driver.readOutput(offset);
        for (const frame of frames) {
          yield frame;
          signal?.throwIfAborted();
        }
        if (frames.length === 0 && isLast) return;
        if (frames.length === 0) await wakeups.next();
        offset = frames.at(-1)?.nextOffset ?? offset;
      }
    } finally {
      wakeups.close();
    }
  }

  async wait({ signal }: CallOptions = {}): Promise<Exit> {
    const wakeups = this.#wakeups(signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (this.#exit !== null) return this.#exit;
        await this.state().catch(this.#unlessEnded);
        if (this.#exit === null) await wakeups.next();
      }
    } finally {
      wakeups.close();
    }
  }

  delete(options?: CallOptions): Promise<Exit | null> {
    return this.change(options, async () => {
      if (this.#parts.forget === undefined) throw this.#refusal("is the container's own process; delete that");
      await this.require("delete", still);
      return this.remove();
    });
  }

  /** Does something that changes the container, behind what does so already. */
  async change<T>({ signal }: CallOptions = {}, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    return this.#parts.queue.run(async () => {
      signal?.throwIfAborted();
      this.checkPresent();
      return work();
    });
  }

  /** Throws `failed-precondition` unless it stands at one of `expected`. */
  async require(doing: string, expected: readonly ProcessStatus[]): Promise<void> {
    requireStatus(this.subject, (await this.state()).status, { doing, expected });
  }

  /** Sends a signal that is checked; within {@link change}. */
  async signal(number: number, all: boolean): Promise<void> {
    await this.require("kill", alive);
    if (!(await this.#parts.driver.signal(number, all))) throw this.#refusal("has just ended");
  }

  /** Ends it, whatever it does, and waits for that if the platform can tell; within {@link change}. */
  async end(): Promise<void> {
    const isRunning = async () => ["running", "paused"].includes((await this.state()).status);
    if (still.includes((await this.state()).status)) return;
    const wakeups = this.#wakeups(undefined);
    try {
      await this.#parts.driver.signal(killSignal, true);
      while (await isRunning()) await wakeups.next();
    } finally {
      wakeups.close();
    }
  }

  /** Removes what is kept of it, of which nothing runs any more; within {@link change}. */
  async remove(): Promise<Exit | null> {
    const { exit } = await this.state();
    await this.#parts.driver.remove();
    this.#deletion.abort(new OperationError("not-found", this.subject, "was deleted"));
    this.#parts.forget?.();
    return exit;
  }

  /** Throws `not-found` once it is deleted, `failed-precondition` once its runtime is closed. */
  checkPresent(): void {
    this.#parts.rules.checkOpen();
    this.#deletion.signal.throwIfAborted();
  }

  /** How it ended stays true when it is deleted. */
  readonly #unlessEnded = (error: unknown) => {
    if (this.#exit === null) throw error;
  };

  async #requireInput(): Promise<void> {
    if (this.#parts.driver.writeStdin === undefined) throw this.#refusal("was made without stdin");
    await this.require("write stdin", alive);
  }

  #wakeups(signal: AbortSignal | undefined): Wakeups {
    const { driver, rules } = this.#parts;
    const ofDriver = driver.subscribe?.bind(driver) ?? every(pollMs);
    return new Wakeups([ofDriver, ...[signal, rules.closing, this.#deletion.signal].map(whenAborted)]);
  }

  #refusal(detail: string): OperationError {
    return new OperationError("failed-precondition", this.subject, detail);
  }
}
