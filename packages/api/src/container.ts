import type { AnyValue } from "./any-value.ts";
import type { CallOptions } from "./call-options.ts";
import type { Exit, Process, ProcessState, Signal, Stdio } from "./process.ts";
import type { ContainerStats } from "./stats.ts";

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
  /** Absolute path, on the runtime's host, of an empty directory that receives the images. */
  readonly path: string;
  /** Whether the container goes on afterwards. Default: false, it is `stopped`, with an exit like any other. */
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
   * Writes the state of all processes to disk, from where `CreateRequest.checkpoint` has them go on in another
   * container. Of the root file system nothing is written.
   *
   * If rejected, the container goes on as it was, and the directory is empty again.
   *
   * Rejects with
   * - `invalid-argument`: `path` is not absolute, or no directory
   * - `not-found`: there is nothing at `path`
   * - `failed-precondition`: the container is not `running`, an exec of it runs, or the directory is not empty
   * - `unimplemented`: `capabilities.checkpoint` is false, or the container has what cannot be written, such as a
   *   terminal; the message says what this host lacks
   * - `deadline-exceeded`: it took longer than the runtime allows
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
