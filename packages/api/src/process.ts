import type { CallOptions } from "./call-options.ts";

/**
 * Where a process stands. The same words for a container, which stands where its init process stands.
 *
 * - `created`: everything is prepared, the program does not run yet. Ends by `start`, `kill` or `delete`.
 * - `running`: the program runs. Ends by its exit, or by `pause`.
 * - `paused`: the program exists and gets no processor time. Ends by `resume` or `kill`.
 * - `stopped`: the program ended; its {@link Exit} is known. Ends by `delete`.
 * - `unknown`: the platform does not answer, or not sensibly; the error says why. `delete` with `force` still works.
 */
export type ProcessStatus = "created" | "running" | "paused" | "stopped" | "unknown";

/** How a process ended. */
export interface Exit {
  /** Process id on the host while it ran; 0 where it never ran or the platform has none. */
  readonly pid: number;
  /** 0 to 255 as the program gave it; 128 + n for signal n; 255 where the truth was lost with the host. */
  readonly status: number;
  /** When the platform noticed the end, as exactly as it tells. */
  readonly exitedAt: Date;
  /** Whether the container ran out of memory before this process ended. */
  readonly oomKilled: boolean;
}

/** What is known about a process now. */
export interface ProcessState {
  readonly status: ProcessStatus;
  /** Process id on the host; `null` unless `created`, `running` or `paused`. */
  readonly pid: number | null;
  /** Set exactly when `status` is `stopped`. */
  readonly exit: Exit | null;
}

/** A piece of what a process wrote. */
export interface OutputFrame {
  /** A process with a terminal has `stdout` only. */
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
  /** Where to go on behind this frame, for {@link OutputOptions.fromOffset}. Grows from frame to frame, else opaque. */
  readonly nextOffset: bigint;
  /** When the monitor received it; exact to what the platform keeps. */
  readonly writtenAt: Date;
}

/** Options of {@link Process.output}. */
export interface OutputOptions extends CallOptions {
  /** The `nextOffset` of the last frame already seen. Default: 0n, all that is kept. */
  readonly fromOffset?: bigint;
  /** Whether to wait for what is written later, until the process has ended and all was shown. Default: false. */
  readonly follow?: boolean;
}

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Where the standard streams of a process go.
 *
 * - `none`: input is empty, output is thrown away.
 * - `log`: output is kept by the runtime and shown by {@link Process.output}; it survives the daemon.
 *   With `stdin`, input is what {@link Process.writeStdin} gives, else it is empty.
 * - `pipes`: paths of FIFOs (named pipes on Windows) made by the caller and handed to the process; an absent one is as
 *   in `none`.
 *
 * Whether there is a terminal is said by the spec (`process.terminal`), not here.
 */
export type Stdio =
  | { readonly kind: "none" }
  | { readonly kind: "log"; readonly stdin?: boolean }
  | { readonly kind: "pipes"; readonly stdin?: string; readonly stdout?: string; readonly stderr?: string };

/** A signal by POSIX name (`SIGTERM`, `TERM`) or number. Windows knows `SIGTERM` (shut down) and `SIGKILL` (terminate). */
export type Signal = string | number;

/** A container's init process, or one added to it by {@link Container.exec}. */
export interface Process {
  /** Id of the exec, unique within its container; the container's own id for its init process. */
  readonly id: string;

  /**
   * Returns where the process stands, asking the platform where that is needed to be right.
   *
   * Rejects with
   * - `not-found`: it was deleted
   */
  state(options?: CallOptions): Promise<ProcessState>;

  /**
   * Runs the program of a `created` process.
   *
   * After success it runs, or has already ended. After failure it is `stopped`, or still `created`, and can be deleted.
   *
   * Rejects with
   * - `failed-precondition`: it is not `created`; the message names where it stands
   * - `not-found`: the program, its working directory or its user does not exist in the root file system
   * - `permission-denied`: the program may not be executed
   */
  start(options?: CallOptions): Promise<void>;

  /**
   * Sends a signal to this process alone. Resolves when the signal is sent, not when the process has ended.
   *
   * Rejects with
   * - `invalid-argument`: the platform does not know `signal`
   * - `failed-precondition`: it is `stopped`
   */
  kill(signal: Signal, options?: CallOptions): Promise<void>;

  /**
   * Tells the terminal its new size.
   *
   * Rejects with
   * - `failed-precondition`: it has no terminal, or is `stopped`
   * - `unimplemented`: `capabilities.terminal` is false
   */
  resize(size: TerminalSize, options?: CallOptions): Promise<void>;

  /**
   * Writes to standard input, in the order of the calls. Resolves when the bytes are handed over, which waits while
   * the process does not read: that is the caller's back-pressure.
   *
   * Rejects with
   * - `failed-precondition`: it was made without `stdin`, its input is closed, or it is `stopped`
   * - `unimplemented`: `capabilities.stdin` is false
   */
  writeStdin(data: Uint8Array, options?: CallOptions): Promise<void>;

  /**
   * Closes standard input: the process reads the end of file behind what was written. Idempotent.
   *
   * Rejects as `writeStdin`.
   */
  closeStdin(options?: CallOptions): Promise<void>;

  /**
   * Shows what the process wrote, stdout and stderr in the order of arrival. Any number of readers at once; a slow
   * reader delays neither the process nor another reader. Ending the iteration frees the reader.
   *
   * Without `follow` it ends behind what is kept now. With `follow` it ends when the process has ended and everything
   * was shown; for a `created` process it waits.
   *
   * Rejects with
   * - `failed-precondition`: the process was not made with stdio of kind `log`
   * - `out-of-range`: `fromOffset` lies beyond the end, or before what is still kept; or, while it is read, the reader fell
   *   behind what is kept: begin at 0n
   */
  output(options?: OutputOptions): AsyncIterable<OutputFrame>;

  /**
   * Resolves when the process has ended, at once if it has; any number of callers get the same answer. For a `created`
   * process it waits. Aborting the signal ends the waiting only.
   *
   * Rejects with
   * - `not-found`: it was deleted before it ended
   */
  wait(options?: CallOptions): Promise<Exit>;

  /**
   * Removes what is kept of a `stopped` process, or of a `created` one, which then never ran. Afterwards its id is
   * free. For a container's init process this is `Container.delete`'s work, and refused here.
   *
   * @returns how it ended, or `null` if it never ran
   *
   * Rejects with
   * - `failed-precondition`: it is `running` or `paused`, or it is the init process
   * - `not-found`: it was deleted already
   */
  delete(options?: CallOptions): Promise<Exit | null>;
}
