import {
  type CallOptions,
  type Exit,
  OperationError,
  type OutputFrame,
  type OutputOptions,
  type Process,
  type ProcessState,
  type ProcessStatus,
  type Signal,
  type Subject,
  type TerminalSize,
} from "@gantry/api";
import { requireStatus, SerialQueue, signalNumber } from "@gantry/api/kit";
import { readCheckpoint } from "./checkpoint.ts";
import type { KeptContainer } from "./kept-container.ts";
import { findProgram, programNames } from "./programs/shell.ts";
import type { ProcessRecord } from "./record.ts";
import { pipeBytes } from "./simulation.ts";
import { alive, exitOf, statusOf } from "./status.ts";

/** A process of a simulated container. */
export class SimulatedProcess implements Process {
  readonly id: string;
  readonly record: ProcessRecord;
  readonly #container: KeptContainer;
  readonly #subject: Subject;
  #isRemoved = false;
  /** Calls that write come one after the other. */
  readonly #writing = new SerialQueue();

  constructor(container: KeptContainer, record: ProcessRecord) {
    this.id = record.id;
    this.record = record;
    this.#container = container;
    this.#subject = this.#isInit ? container.subject : { type: "process", id: record.id };
  }

  async state(options?: CallOptions): Promise<ProcessState> {
    this.#begin(options);
    return this.#container.state(this.record);
  }

  async start(options?: CallOptions): Promise<void> {
    this.#begin(options);
    this.#container.act((now) => {
      this.#require("start", ["created"]);
      const { record, context, simulation } = this.#container;
      if (!this.#isInit) {
        const status = statusOf(this.#container.init, record);
        requireStatus(this.#container.subject, status, { doing: "start a process", expected: ["running"] });
      }
      const checkpoint = this.#isInit ? record.checkpoint : undefined;
      const image = checkpoint === undefined ? null : readCheckpoint(checkpoint, this.#subject);
      if (image === null) this.#requireProgram();
      if (this.record.pid === 0) this.record.pid = context.nextPid();
      if (image === null) simulation.start(this.record, now);
      else simulation.restore(this.record, image, now);
    });
  }

  async kill(signal: Signal, options?: CallOptions): Promise<void> {
    this.#begin(options);
    const number = signalNumber(signal, this.#subject);
    this.#container.act((now) => {
      this.#require("kill", alive);
      if (this.#isInit) this.#container.requireProcess("kill");
      this.#container.simulation.signal(this.record, number, now);
    });
  }

  async resize(size: TerminalSize, options?: CallOptions): Promise<void> {
    this.#begin(options);
    this.#container.act(() => {
      if (!this.record.terminal) {
        throw new OperationError("failed-precondition", this.#subject, "has no terminal");
      }
      this.#require(`resize to ${size.columns} columns`, alive);
    });
  }

  writeStdin(data: Uint8Array, options?: CallOptions): Promise<void> {
    return this.#writing.run(async () => {
      this.#begin(options);
      let left = data;
      do {
        await this.#container.changes.until(() => this.#hasRoom(), options?.signal);
        left = this.#container.act((now) => {
          this.#requireOpenInput();
          return left.subarray(this.#container.simulation.feed(this.record, left, now));
        });
      } while (left.length > 0);
    });
  }

  closeStdin(options?: CallOptions): Promise<void> {
    return this.#writing.run(async () => {
      this.#begin(options);
      this.#container.act((now) => {
        this.#requireInput();
        if (this.record.isInputClosed) return;
        this.#requireOpenInput();
        this.#container.simulation.closeInput(this.record, now);
      });
    });
  }

  async *output(options: OutputOptions = {}): AsyncGenerator<OutputFrame> {
    const { fromOffset = 0n, follow = false, signal } = options;
    this.#begin(options);
    const container = this.#container;
    container.act(() => undefined);
    if (!this.record.keepsOutput) {
      throw new OperationError(
        "failed-precondition",
        this.#subject,
        "its output is not kept: it has no stdio of kind log",
      );
    }
    if (fromOffset < 0n || fromOffset > BigInt(this.#frames.length)) {
      throw new OperationError("out-of-range", this.#subject, `no output was kept up to ${fromOffset}`);
    }
    for (let next = Number(fromOffset); ; next += 1) {
      const frame = follow ? await container.changes.until(() => this.#frameOrEnd(next), signal) : this.#frames[next];
      if (frame === undefined || frame === "end") return;
      const { stream, data, at } = frame;
      yield { stream, data, nextOffset: BigInt(next + 1), writtenAt: new Date(at) };
      signal?.throwIfAborted();
    }
  }

  async wait(options?: CallOptions): Promise<Exit> {
    return this.#container.changes.until(() => {
      const exit = exitOf(this.record);
      if (exit === null) this.#checkPresent();
      return exit ?? undefined;
    }, options?.signal);
  }

  async delete(options?: CallOptions): Promise<Exit | null> {
    this.#begin(options);
    return this.#container.act(() => {
      if (this.#isInit) {
        throw new OperationError("failed-precondition", this.#subject, "is the container's own process; delete that");
      }
      this.#require("delete", ["created", "stopped"]);
      this.#isRemoved = true;
      this.#container.removeProcess(this.record);
      return exitOf(this.record);
    });
  }

  get #isInit(): boolean {
    return this.record === this.#container.init;
  }

  /** Kept by those who read, also when the container is removed. */
  get #frames() {
    return this.#container.outputOf(this.record);
  }

  #frameOrEnd(next: number) {
    const frame = this.#frames[next];
    if (frame !== undefined) return frame;
    if (this.record.exit !== null) return "end";
    this.#checkPresent();
    return undefined;
  }

  /** `undefined` while the program has to read first. Calls that write come one after the other, so that room stays. */
  #hasRoom(): true | undefined {
    this.#checkPresent();
    this.#requireInput();
    this.#requireOpenInput();
    return this.record.input.length < pipeBytes ? true : undefined;
  }

  #begin(options: CallOptions | undefined): void {
    options?.signal?.throwIfAborted();
    this.#checkPresent();
  }

  #checkPresent(): void {
    this.#container.check();
    if (this.#isRemoved) throw new OperationError("not-found", this.#subject, "was deleted");
  }

  #require(doing: string, expected: readonly ProcessStatus[]): void {
    requireStatus(this.#subject, statusOf(this.record, this.#container.record), { doing, expected });
  }

  #requireInput(): void {
    if (!this.record.hasInput) throw new OperationError("failed-precondition", this.#subject, "was made without stdin");
  }

  #requireOpenInput(): void {
    this.#require("write stdin", alive);
    if (this.record.isInputClosed)
      throw new OperationError("failed-precondition", this.#subject, "its stdin is closed");
  }

  #requireProgram(): void {
    const [name = ""] = this.record.args;
    if (findProgram(name) !== undefined) return;
    const known = programNames().join(", ");
    throw new OperationError("not-found", this.#subject, `no program ${JSON.stringify(name)}; simulated are ${known}`);
  }
}
