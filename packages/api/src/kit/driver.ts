import type { AnyValue } from "../any-value.ts";
import type { CheckpointOptions } from "../container.ts";
import type { Mount } from "../mount.ts";
import type { OutputFrame, ProcessState, Stdio, TerminalSize } from "../process.ts";
import type { RuntimeCapabilities, RuntimeInfo } from "../runtime.ts";
import type { OciProcess, OciSpec } from "../spec/oci.ts";
import type { ContainerStats } from "../stats.ts";
import type { EventFeed } from "./event-feed.ts";

/** A value, now or later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What `Runtime.create` asks of a driver. Ids have their form and are free; `capabilities` allow the stdio and the terminal;
 * the process has `args`, and its `env` and `cwd` have their form where they are given. All else of the spec is as the
 * caller wrote it.
 */
export interface DriverCreateRequest {
  readonly namespace: string;
  readonly id: string;
  readonly spec: OciSpec;
  /** That of the spec. */
  readonly process: OciProcess;
  readonly rootfs: readonly Mount[];
  readonly stdio: Stdio;
  readonly options?: AnyValue;
  readonly checkpoint?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What `Container.exec` asks of a driver; checked as {@link DriverCreateRequest} is. */
export interface DriverExecRequest {
  readonly id: string;
  /** As the caller gave it: what it leaves out is the container's. */
  readonly process: OciProcess;
  readonly stdio: Stdio;
  readonly signal?: AbortSignal | undefined;
}

/** One entry of what a driver found. */
export interface FoundContainer {
  /** As `create` was asked for it. */
  readonly namespace: string;
  /** As `create` was asked for it. */
  readonly id: string;
  /**
   * Opens it. What it throws is told in place of the container, and hides no other. `undefined` if it was no container but
   * what was left of a `create` that never resolved, which is removed now.
   */
  open(): Awaitable<ContainerDriver | undefined>;
}

/**
 * What a platform does for a runtime; {@link createRuntime} adds the rules that hold for all of them.
 *
 * A driver has no checks to repeat: what it is called for fits where the container stands, and calls that change one
 * container come one after the other (`writeStdin` and `closeStdin` of a process among themselves). It keeps what it
 * needs to find its containers again, before a call resolves. What it throws reaches the caller, so it throws
 * `OperationError`s; a call that rejects leaves nothing behind.
 */
export interface RuntimeDriver {
  /** What is not named is false. Constant. */
  readonly capabilities: Partial<RuntimeCapabilities>;
  /** Where it publishes what it notices. Default: the runtime has no `events`. */
  readonly events?: EventFeed;
  /** As `Runtime.info`. */
  info(): Awaitable<RuntimeInfo>;
  /** Makes a container that is `created`. */
  create(request: DriverCreateRequest): Awaitable<ContainerDriver>;
  /** Finds what `create` made, of which each is opened then. Called once at most. */
  load(): Awaitable<readonly FoundContainer[]>;
  /** Frees what it holds of this process. Default: nothing is done. */
  close?(): Awaitable<void>;
}

/** A container as its platform has it. What `capabilities` deny may be absent. */
export interface ContainerDriver {
  /** When it was made; the same after each `load`. */
  readonly createdAt: Date;
  /** Its own process, which stands where the container stands. */
  readonly init: ProcessDriver;
  /** The execs found by `load`, by their ids, in the order they were made. Default: none. */
  readonly execs?: ReadonlyMap<string, ProcessDriver>;
  /** Makes one more process that is `created`. Execs end with the init process, which is the driver's work. */
  exec?(request: DriverExecRequest): Awaitable<ProcessDriver>;
  /** Makes it `paused`; it is `running`. */
  pause?(): Awaitable<void>;
  /** Makes it `running` again; it is `paused`. */
  resume?(): Awaitable<void>;
  /** As `Container.update`; it is not `stopped`. */
  update?(resources: AnyValue): Awaitable<void>;
  /** As `Container.stats`; it is not `stopped`. */
  stats?(): Awaitable<ContainerStats>;
  /** As `Container.checkpoint`; it is `running`. */
  checkpoint?(options: CheckpointOptions): Awaitable<void>;
}

/** A process as its platform has it. */
export interface ProcessDriver {
  /** Tells where it stands. What it tells of a `stopped` one never changes. */
  look(): Awaitable<ProcessState>;
  /** Runs the program. After success it runs, or has already ended. */
  start(): Awaitable<void>;
  /**
   * Sends a signal. A `created` process is `stopped` by it.
   *
   * @param number - of Linux (signal(7)), 1 to 64
   * @param all - whether what the process has started gets it too
   * @returns whether anybody was there to get it
   */
  signal(number: number, all: boolean): Awaitable<boolean>;
  /** Removes what is kept of it, of the init process last. It is `created` or `stopped`, or `unknown` if forced. */
  remove(): Awaitable<void>;
  /**
   * Calls `listener` whenever it may stand elsewhere, or have written more; the returned function ends that.
   * Default: it is looked at every 20 ms while somebody waits.
   */
  subscribe?(listener: () => void): () => void;
  /**
   * Reads what is kept of its output behind the offset `from`, as much at once as is reasonable; nothing where that is
   * all. Absent where stdio is not of kind `log`. Throws `out-of-range`: nothing that is kept ends at `from`.
   */
  readonly readOutput?: ((from: bigint) => Awaitable<readonly OutputFrame[]>) | undefined;
  /** Hands over bytes for standard input, waiting while the program does not read. Absent where it was made without. */
  readonly writeStdin?: ((data: Uint8Array, signal: AbortSignal | undefined) => Awaitable<void>) | undefined;
  /** Ends standard input behind what was written; called once at most. */
  closeStdin?(): Awaitable<void>;
  /** Absent where it has no terminal. */
  readonly resize?: ((size: TerminalSize) => Awaitable<void>) | undefined;
}
