import {
  type Exit,
  OperationError,
  type OutputFrame,
  type OutputOptions,
  type ProcessState,
  type ProcessStatus,
  type Stdio,
  type Subject,
  type TerminalSize,
} from "@gantry/api";
import { SerialQueue } from "@gantry/api/kit";
import type { Cgroup } from "./cgroup.ts";
import { hasStdin } from "./conmon.ts";
import { type ExitSource, recordedExit, recordLostExit } from "./exit-status.ts";
import type { Host, LinkReader, ProcessIdentity } from "./host.ts";
import { LogKeeper } from "./log-keeper.ts";
import { LogTending } from "./log-tending.ts";
import { Outcome } from "./outcome.ts";
import { readOutput } from "./output-reader.ts";
import type { ProcessFiles } from "./process-files.ts";
import { killSignal } from "./signal.ts";
import { nextStatus, requireTransition, type StatusEvent, wrongStatus } from "./status.ts";
import { type ProcessInput, processInput } from "./stdin.ts";
import { untilGone } from "./until-gone.ts";

/** What a supervised process is made of. */
export interface SupervisedOptions {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly subject: Subject;
  readonly cgroup: Cgroup;
  readonly stdio: Stdio;
  readonly terminal: boolean;
  /** Called once when it has ended, after that is on disk. */
  readonly onExit: (exit: Exit) => void;
  readonly log: (message: string) => void;
}

/** What init and execs have in common: a program under conmon, its streams, and its end. */
export class Supervised {
  readonly files: ProcessFiles;
  readonly #options: SupervisedOptions;
  readonly #end = new Outcome<Exit>();
  readonly #stopped = new Outcome<void>();
  readonly #input: ProcessInput;
  readonly #inputQueue = new SerialQueue();
  #status: ProcessStatus = "created";
  #identity: ProcessIdentity | null = null;
  #exit: Exit | null = null;
  #link: LinkReader | null = null;
  readonly #logKeeper: LogKeeper;
  #logTending: LogTending | null = null;
  #isRemoved = false;
  #isAbandoned = false;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.files = options.files;
    this.#input = processInput(options.host, options.files, options.terminal);
    this.#logKeeper = new LogKeeper(options);
  }

  get status(): ProcessStatus {
    return this.#status;
  }

  get exit(): Exit | null {
    return this.#exit;
  }

  get identity(): ProcessIdentity | null {
    return this.#identity;
  }

  /** Throws `not-found`: it was deleted. */
  state(): ProcessState {
    this.checkPresent();
    const isAlive = this.#status === "created" || this.#status === "running" || this.#status === "paused";
    return { status: this.#status, pid: isAlive ? (this.#identity?.pid ?? null) : null, exit: this.#exit };
  }

  /** Throws `not-found`: it was deleted. */
  checkPresent(): void {
    if (this.#isRemoved) {
      throw new OperationError("not-found", this.#options.subject, "was deleted");
    }
  }

  /** Throws `failed-precondition`: `event` cannot happen now. */
  require(event: StatusEvent): void {
    this.checkPresent();
    requireTransition(this.#options.subject, this.#status, event);
  }

  /** Notes that `event` happened; one that was overtaken by the end is nothing any more. */
  advance(event: StatusEvent): void {
    this.#status = nextStatus(this.#status, event) ?? this.#status;
  }

  /** Takes over a process that has begun, whose monitor holds `link`. */
  adopt(identity: ProcessIdentity | null, link: LinkReader): void {
    this.#identity = identity;
    this.#link = link;
    const { host, files, log, stdio } = this.#options;
    if (stdio.kind === "log") this.#logTending = new LogTending({ host, files, log, keeper: this.#logKeeper });
    void link.ended.then(() => this.#monitorEnded(link));
  }

  /** Takes over a process that has ended. */
  adoptExit(exit: Exit): void {
    this.#settle(exit);
  }

  /**
   * Takes over a process whose monitor is gone: it ended and that is on record, or its monitor was killed. In that case
   * nobody will ever learn its status, and nobody reads what it writes, so it is killed.
   */
  async adoptOrphan(identity: ProcessIdentity | null): Promise<void> {
    this.#identity = identity;
    await this.#findEnd();
  }

  /** Where to look for a record of the end. */
  exitSource(): ExitSource {
    const { host, files, subject, cgroup } = this.#options;
    return { host, files, subject, cgroup, pid: this.#identity?.pid ?? 0 };
  }

  /** Sends a signal to this process. Throws `failed-precondition`: it does not run, or it has ended. */
  kill(signal: number): void {
    this.checkPresent();
    const { host, subject } = this.#options;
    const isSent = this.#identity !== null && this.#status !== "stopped" && host.signal(this.#identity, signal);
    if (!isSent) {
      // A process that is gone is stopped, even if conmon has not said so yet.
      const status = this.#identity === null ? this.#status : "stopped";
      throw wrongStatus(subject, status, { doing: "kill", expected: ["running", "paused"] });
    }
  }

  /** Calls `listener` when it has ended, at once if it has; the returned function takes that back. */
  onStopped(listener: () => void): () => void {
    return this.#stopped.subscribe(listener);
  }

  /** Resolves when it has ended, also if it was abandoned. Rejects with the signal's reason. */
  whenStopped(signal: AbortSignal): Promise<void> {
    return this.#stopped.wait(signal);
  }

  wait(signal?: AbortSignal): Promise<Exit> {
    return this.#end.wait(signal);
  }

  async *output(options: OutputOptions): AsyncGenerator<OutputFrame> {
    this.checkPresent();
    const { host, files, subject, stdio } = this.#options;
    if (stdio.kind !== "log") {
      const detail = `its output is not kept: it was made with stdio of kind ${stdio.kind}, expected log`;
      throw new OperationError("failed-precondition", subject, detail);
    }
    yield* readOutput({ host, files, subject, log: this.#logKeeper, ended: this.#end }, options);
  }

  writeStdin(data: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#inputQueue.run(async () => {
      await this.#checkInput();
      if (!(await this.#input.write(data, signal))) {
        throw new OperationError(
          "failed-precondition",
          this.#options.subject,
          "nothing in the container reads its input any more",
        );
      }
    });
  }

  closeStdin(): Promise<void> {
    return this.#inputQueue.run(async () => {
      this.#checkHasInput();
      await this.#input.close();
    });
  }

  async resize(size: TerminalSize): Promise<void> {
    this.checkPresent();
    const { host, files, subject, terminal } = this.#options;
    if (!terminal) {
      throw new OperationError("failed-precondition", subject, "has no terminal");
    }
    // conmon's control line: 1 is a new size, then rows and columns.
    const line = new TextEncoder().encode(`1 ${size.rows} ${size.columns}\n`);
    if (this.#status === "stopped" || !(await host.writeFifo(files.control, line))) {
      throw wrongStatus(subject, "stopped", { doing: "resize", expected: ["created", "running", "paused"] });
    }
  }

  /** It is about to be killed although it never ran: that is no exit, and nobody is told of one. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** The process is deleted: who waits for its end learns that there is none to come. */
  remove(): void {
    this.#isRemoved = true;
    this.close(new OperationError("not-found", this.#options.subject, "was deleted before it ended"));
  }

  /** Lets go of the process, which goes on. */
  close(reason: OperationError): void {
    const link = this.#link;
    this.#link = null;
    link?.close();
    this.#logTending?.[Symbol.dispose]();
    this.#end.reject(reason);
  }

  #checkHasInput(): void {
    this.checkPresent();
    const { stdio, subject } = this.#options;
    if (!hasStdin(stdio)) {
      throw new OperationError("failed-precondition", subject, "was made without stdin");
    }
  }

  async #checkInput(): Promise<void> {
    this.#checkHasInput();
    const { subject } = this.#options;
    if (this.#status === "stopped") {
      throw wrongStatus(subject, "stopped", { doing: "write stdin", expected: ["created", "running", "paused"] });
    }
    if (!(await this.#input.isOpen())) {
      throw new OperationError("failed-precondition", subject, "its stdin is closed");
    }
  }

  async #monitorEnded(link: LinkReader): Promise<void> {
    // Our own close ends the link too.
    if (this.#link !== link) {
      return;
    }
    this.#link = null;
    this.#logTending?.[Symbol.dispose]();
    try {
      await this.#findEnd();
    } catch (error) {
      this.#options.log(`cannot tell how it ended: ${error instanceof Error ? error.message : String(error)}`);
      this.advance("lose");
    }
  }

  async #findEnd(): Promise<void> {
    const exit = (await recordedExit(this.exitSource())) ?? (await this.#endUnseen());
    // Before anybody is told, since who is told may remove the files by which it is closed.
    if (hasStdin(this.#options.stdio)) {
      await this.#input.close();
    }
    this.#settle(exit);
  }

  async #endUnseen(): Promise<Exit> {
    const { host, log } = this.#options;
    if (this.#identity !== null && host.signal(this.#identity, killSignal)) {
      log("its monitor is gone, so it was killed");
      await untilGone(host, this.#identity);
    }
    return recordLostExit(this.exitSource());
  }

  #settle(exit: Exit): void {
    if (this.#isRemoved || this.#exit !== null) {
      return;
    }
    this.#exit = exit;
    this.advance("exit");
    this.#stopped.resolve();
    if (!this.#isAbandoned) {
      this.#end.resolve(exit);
      this.#options.onExit(exit);
    }
  }
}
