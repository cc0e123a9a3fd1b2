import type { AnyValue } from "./any-value.ts";
import type { CallOptions } from "./call-options.ts";
import type { Mount } from "./mount.ts";
import type { ContainerStats } from "./stats.ts";

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
   * - `out-of-range`: `fromOffset` lies beyond the end, or before what is still kept
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

/** What `Container.exec` needs. */
export interface ExecRequest {
  /** Identifier, unique within the container: `[A-Za-z0-9]+([._-][A-Za-z0-9]+)*`, at most 76 characters. */
  readonly id: string;
  /**
   * The process, as `gantry.types.v1.OciProcess` or the JSON of `types.containerd.io/opencontainers/runtime-spec/1/Process`.
   * What it leaves out (env, cwd, user, capabilities, limits) is as in the container's own process; `args` is required.
   */
  readonly process: AnyValue;
  readonly stdio: Stdio;
}

/** What stays the same over a container's life. */
export interface ContainerInfo {
  readonly namespace: string;
  readonly id: string;
  /** Id of the runtime that made it. */
  readonly runtime: string;
  readonly createdAt: Date;
}

/** One process of a container, as the host sees it. */
export interface ProcessInfo {
  readonly pid: number;
  /** Id of the exec, or the container's id for its init process; `null` for what those started themselves. */
  readonly id: string | null;
}

/** Options of {@link Container.kill}. */
export interface KillOptions extends CallOptions {
  /** Whether every process of the container gets the signal, not its init process alone. Default: false. */
  readonly all?: boolean;
}

/** Options of {@link Container.delete}. */
export interface DeleteOptions extends CallOptions {
  /** Whether to kill what runs first. Default: false. */
  readonly force?: boolean;
}

/** Options of {@link Container.checkpoint}. */
export interface CheckpointOptions extends CallOptions {
  /** Absolute path of an empty directory that receives the images. */
  readonly path: string;
  /** Whether the container goes on afterwards. Default: false. */
  readonly leaveRunning?: boolean;
}

/**
 * What a runtime made from a spec and root file system mounts: one interface over all platforms, which the daemon
 * manages without knowing which it has.
 *
 * Calls may overlap; an implementation orders those that change something, per container. Deadlines are the
 * caller's, by `signal`. No call waits for another container.
 */
export interface Container {
  /** Constant for the container's life. */
  readonly info: ContainerInfo;

  /** The init process. Its `state` and the container's are one. */
  readonly init: Process;

  /** As `init.state`, which it rejects like. */
  state(options?: CallOptions): Promise<ProcessState>;

  /** As `init.start`, which it rejects like. */
  start(options?: CallOptions): Promise<void>;

  /**
   * Prepares one more process in a `running` container. Once resolved it is `created`; `Process.start` runs it. If
   * rejected, nothing of it remains.
   *
   * Rejects with
   * - `already-exists`: `request.id` is in use here
   * - `failed-precondition`: the container is not `running`
   * - `invalid-argument`: the id, or a property of the process that cannot be applied; the message names it
   * - `unimplemented`: `capabilities.exec` is false
   */
  exec(request: ExecRequest, options?: CallOptions): Promise<Process>;

  /** Returns the execs that were not deleted yet, in the order they were made, the init process not among them. */
  execs(): readonly Process[];

  /**
   * Returns the processes that the platform counts to the container now, in no order; old on arrival.
   *
   * Rejects with
   * - `failed-precondition`: the container is `stopped`
   */
  processes(options?: CallOptions): Promise<readonly ProcessInfo[]>;

  /**
   * Sends a signal to the init process, or to all. Works while `created`, `running` or `paused`.
   *
   * Rejects with
   * - `invalid-argument`: the platform does not know `signal`
   * - `failed-precondition`: the container is `stopped`
   */
  kill(signal: Signal, options?: KillOptions): Promise<void>;

  /**
   * Takes the processor from all processes, until `resume`.
   *
   * Rejects with
   * - `failed-precondition`: the container is not `running`
   * - `unimplemented`: `capabilities.pause` is false
   */
  pause(options?: CallOptions): Promise<void>;

  /**
   * Undoes `pause`.
   *
   * Rejects with
   * - `failed-precondition`: the container is not `paused`
   * - `unimplemented`: `capabilities.pause` is false
   */
  resume(options?: CallOptions): Promise<void>;

  /**
   * Changes resource limits of a container that is not `stopped`. All or nothing.
   *
   * @param resources - `gantry.types.v1.OciResources`, or the JSON of `types.containerd.io/opencontainers/runtime-spec/1/LinuxResources`
   *
   * Rejects with
   * - `invalid-argument`: a limit that the platform cannot apply; the message names it
   * - `failed-precondition`: the container is `stopped`
   * - `unimplemented`: `capabilities.update` is false
   */
  update(resources: AnyValue, options?: CallOptions): Promise<void>;

  /**
   * Returns what the container uses now. A figure that the platform does not count is absent, never 0.
   *
   * Rejects with
   * - `failed-precondition`: the container is `stopped`
   * - `unimplemented`: `capabilities.stats` is false
   */
  stats(options?: CallOptions): Promise<ContainerStats>;

  /**
   * Writes the state of all processes to disk, from where they can be restored.
   *
   * Rejects with
   * - `failed-precondition`: the container is not `running`
   * - `unimplemented`: `capabilities.checkpoint` is false; the message says what this host lacks
   */
  checkpoint(options: CheckpointOptions): Promise<void>;

  /**
   * Removes the container and all that its runtime made for it; its id is free at once. Mounts that `create` performed
   * are undone; the snapshots behind them are the caller's and stay.
   *
   * Works while `created` or `stopped`, and in any state with `force`. After failure the container can be deleted
   * again.
   *
   * @returns how the init process ended, or `null` if it never ran
   *
   * Rejects with
   * - `failed-precondition`: it is `running` or `paused`, and `force` is not set
   * - `not-found`: it was deleted already
   */
  delete(options?: DeleteOptions): Promise<Exit | null>;
}

/** What a runtime on this host can do. What is false rejects with `unimplemented`; it is never a silent no-op. */
export interface RuntimeCapabilities {
  readonly exec: boolean;
  readonly pause: boolean;
  readonly update: boolean;
  readonly stats: boolean;
  readonly checkpoint: boolean;
  /** Processes with a terminal, and `resize`. */
  readonly terminal: boolean;
  /** `writeStdin` and `closeStdin` for stdio of kind `log`. */
  readonly stdin: boolean;
  /** Stdio of kind `pipes`. */
  readonly pipes: boolean;
  /** Whether `Exit.oomKilled` is ever true. */
  readonly oomDetection: boolean;
}

/** What a runtime says about itself. */
export interface RuntimeInfo {
  /** As registered; part of every container's record. */
  readonly id: string;
  /** Version of the implementation, and of what it drives: `0.1.0 (runc 1.1.5, conmon 2.1.6)`. */
  readonly version: string;
  /** Operating system and architecture of the containers it makes, in the words of OCI (`linux`, `amd64`). */
  readonly platform: { readonly os: string; readonly architecture: string };
  /** Facts for a person who looks for a fault: paths, cgroup mode, reasons why a capability is false. */
  readonly details: ReadonlyMap<string, string>;
}

/** What `Runtime.create` needs. */
export interface CreateRequest {
  /** `[A-Za-z0-9]+([._-][A-Za-z0-9]+)*`, at most 76 characters. */
  readonly namespace: string;
  /** Under the same rule; unique within the namespace. */
  readonly id: string;
  /**
   * The spec: `gantry.types.v1.OciSpec` (any prefix before the last `/`), or the JSON of
   * `types.containerd.io/opencontainers/runtime-spec/1/Spec`. Its `root.path` is ignored: the root is what `rootfs` shows.
   * A user that is named (`process.user.username`, `NAME[:GROUP]`) is looked up in the root file system.
   */
  readonly spec: AnyValue;
  /** How to show the root file system; performed by the runtime, undone by `delete`. At least one. */
  readonly rootfs: readonly Mount[];
  readonly stdio: Stdio;
  /** Options of this runtime alone, of a type it names in its README. Default: none. */
  readonly options?: AnyValue;
}

/** One entry of what `Runtime.load` found: a container, or the reason why there is none. */
export type LoadedContainer =
  | { readonly namespace: string; readonly id: string; readonly container: Container }
  | { readonly namespace: string; readonly id: string; readonly error: unknown };

/** What a runtime noticed of its own accord. */
export interface RuntimeEvent {
  readonly type: "exit" | "oom";
  readonly namespace: string;
  readonly containerId: string;
  /** Id of the process that it is about: the container's id for init. */
  readonly processId: string;
  /** Set exactly when `type` is `exit`. */
  readonly exit: Exit | null;
}

/**
 * Makes containers on one platform, and finds them again.
 *
 * A runtime keeps what it needs on disk as it likes (its *bundles*) under the directories it was opened with; nobody
 * outside can name them. Containers outlive the process that made them: after a crash or an orderly end of that
 * process, `load` of the next one returns every container with its true state, output and exit.
 *
 * A runtime keeps no records for others: labels, images, restart policies and the like are the daemon's.
 */
export interface Runtime {
  /** Constant for the life of the instance. */
  readonly capabilities: RuntimeCapabilities;

  /** Returns what the runtime says about itself. Works in every state of the host; never rejects for a missing program. */
  info(options?: CallOptions): Promise<RuntimeInfo>;

  /**
   * Makes a container that is `created`: its root file system is shown, its resources are reserved, its program does
   * not run yet. If rejected, nothing of it remains: no bundle, mount, process, cgroup or record.
   *
   * Rejects with
   * - `already-exists`: `request.id` is in use in its namespace
   * - `invalid-argument`: a bad id, an unknown type of spec (the message names those known), a spec or mount that
   *   cannot be applied; the message names the property
   * - `not-found`: the source of a mount, or the user named in the spec, does not exist
   * - `failed-precondition`: a program that the runtime needs is missing or does not work on this host
   * - `unimplemented`: stdio or a spec that asks for what `capabilities` denies
   * - `resource-exhausted`: no room, or too many processes
   */
  create(request: CreateRequest, options?: CallOptions): Promise<Container>;

  /**
   * Finds again what this runtime made under its directories. Called once, before anything else; later calls see
   * the containers of `create` too.
   *
   * One bad entry never hides the others: it is returned with its error. Leftovers of a `create` that never resolved
   * are removed.
   *
   * @returns one entry per container, in no order
   *
   * Rejects with
   * - `failed-precondition`: the runtime is closed
   * - `permission-denied`: its directories cannot be read
   */
  load(options?: CallOptions): Promise<readonly LoadedContainer[]>;

  /**
   * Shows what happens to the containers, from now on, until the iteration is ended. Optional: who lacks it is asked
   * by `Process.wait`. A hint and never the only source of an exit.
   */
  events?(options?: CallOptions): AsyncIterable<RuntimeEvent>;

  /** Frees what the instance holds of the process. Containers go on. Idempotent; later calls reject with `failed-precondition`. */
  close(): Promise<void>;
}
