import type { Readable, Writable } from "node:stream";

/** Where one of a child's first three descriptors leads: /dev/null, this process's own, a new pipe, or a descriptor. */
export type Stdio = "ignore" | "inherit" | "pipe" | number;

/** A program to start. */
export interface SpawnOptions {
  /** A path, or a name without a slash that is looked up in the `PATH` of `env`. */
  readonly file: string;
  /** Arguments without the program's own name, which is `file`. Default: none. */
  readonly args?: readonly string[];
  /** The whole environment: nothing is inherited. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: this process's own. */
  readonly cwd?: string;
  /** Default of all three: `"ignore"`. */
  readonly stdin?: Stdio;
  readonly stdout?: Stdio;
  readonly stderr?: Stdio;
  /** Descriptors of this process that the child gets as 3, 4 and so on. They stay open here. Default: none. */
  readonly extraFds?: readonly number[];
  /** Makes the child the leader of a new session, so that a signal to our terminal's group misses it. Default: false. */
  readonly detached?: boolean;
  /** When it aborts, the child is killed with SIGKILL. */
  readonly signal?: AbortSignal;
  /**
   * How it is started: `"posix"` by posix_spawn(3), whose price does not grow with this process, or `"node"` by
   * node:child_process, which works on every platform and in worker threads. Default: `"posix"` where it works.
   */
  readonly method?: "posix" | "node";
}

/** How a child ended. Exactly one is set, except that both are `null` if somebody else took the status. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was started. As long as it runs, it keeps this process's event loop alive. */
export interface Child {
  readonly pid: number;
  /** Resolves when the child has ended and was reaped; never rejects. Output may still be on its way then. */
  readonly exit: Promise<ExitStatus>;
  /** Our ends of the pipes that were asked for. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /**
   * Sends a signal, default SIGTERM, and returns whether there was a child to send it to. Once `exit` has resolved it
   * does nothing, so it never reaches another process that got the same id.
   */
  kill(signal?: NodeJS.Signals): boolean;
}
