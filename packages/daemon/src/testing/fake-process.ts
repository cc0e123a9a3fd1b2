import {
  type Exit,
  OperationError,
  type OutputFrame,
  type OutputOptions,
  type Process,
  type ProcessState,
  type ProcessStatus,
  type Signal,
  type TerminalSize,
} from "@gantry/api";
import { Bell } from "../core/bell.ts";

/** A process that is only a record of what was done to it; it ends when it is told to. */
export class FakeProcess implements Process {
  readonly id: string;
  readonly written: string[] = [];
  /** Signals it was sent, in their order. */
  readonly signals: Signal[] = [];
  /** Signals that it takes no notice of. */
  readonly ignored = new Set<Signal>();
  readonly pid: number;
  size: TerminalSize | undefined;
  stdinClosed = false;
  readonly #frames: OutputFrame[] = [];
  readonly #changed = new Bell();
  readonly #onChange: () => void;
  #status: ProcessStatus = "created";
  #exit: Exit | null = null;
  #deleted = false;

  constructor(id: string, pid: number, onChange: () => void = () => {}) {
    this.id = id;
    this.pid = pid;
    this.#onChange = onChange;
  }

  get status(): ProcessStatus {
    return this.#status;
  }

  get exit(): Exit | null {
    return this.#exit;
  }

  /** Puts the process where it stood in another life of the runtime. */
  restore(status: ProcessStatus, exit: Exit | null): void {
    this.#status = status;
    this.#exit = exit;
  }

  move(status: ProcessStatus): void {
    this.#status = status;
    this.#onChange();
    this.#changed.ring();
  }

  /** Ends it, as if the program had. */
  end(status: number, oomKilled = false, exitedAt = new Date()): void {
    if (this.#exit !== null) return;
    this.#exit = { pid: this.#status === "created" ? 0 : this.pid, status, exitedAt, oomKilled };
    this.move("stopped");
  }

  /** Lets it write. */
  print(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    const nextOffset = BigInt(this.#frames.length + 1);
    this.#frames.push({ stream, data: Buffer.from(text), nextOffset, writtenAt: new Date() });
    this.#changed.ring();
  }

  forget(): void {
    this.#deleted = true;
    this.#changed.ring();
  }

  async state(): Promise<ProcessState> {
    this.#check();
    return { status: this.#status, pid: this.#exit === null ? this.pid : null, exit: this.#exit };
  }

  async start(): Promise<void> {
    if (this.#status !== "created") throw this.#refuse(`is ${this.#status}, expected created`);
    this.move("running");
  }

  async kill(signal: Signal): Promise<void> {
    if (this.#exit !== null) throw this.#refuse("is stopped");
    this.signals.push(signal);
    if (this.ignored.has(signal)) return;
    this.end(signal === "SIGKILL" ? 137 : 143);
  }

  async resize(size: TerminalSize): Promise<void> {
    this.size = size;
  }

  async writeStdin(data: Uint8Array): Promise<void> {
    if (this.stdinClosed) throw this.#refuse("its input is closed");
    this.written.push(Buffer.from(data).toString());
  }

  async closeStdin(): Promise<void> {
    this.stdinClosed = true;
  }

  async *output({ fromOffset = 0n, follow = false, signal = never }: OutputOptions = {}) {
    using waiter = this.#changed.listen(signal);
    for (let at = Number(fromOffset); ; ) {
      for (let frame = this.#frames[at]; frame !== undefined; frame = this.#frames[at]) {
        at += 1;
        yield frame;
      }
      if (!follow || this.#exit !== null || this.#deleted) return;
      await waiter.next();
    }
  }

  async wait({ signal = never }: { readonly signal?: AbortSignal } = {}): Promise<Exit> {
    using waiter = this.#changed.listen(signal);
    for (;;) {
      if (this.#exit !== null) return this.#exit;
      this.#check();
      await waiter.next();
    }
  }

  async delete(): Promise<Exit | null> {
    if (this.#status === "running") throw this.#refuse("is running");
    this.forget();
    return this.#exit;
  }

  #check(): void {
    if (this.#deleted) throw new OperationError("not-found", { type: "process", id: this.id }, "was deleted");
  }

  #refuse(detail: string): OperationError {
    return new OperationError("failed-precondition", { type: "process", id: this.id }, detail);
  }
}

const never = new AbortController().signal;
