import type { AnyValue } from "./any-value.ts";
import type { CallOptions } from "./call-options.ts";
import type { Container } from "./container.ts";
import type { Mount } from "./mount.ts";
import type { Exit, Stdio } from "./process.ts";

/** What a runtime on this host can do. What is false rejects with `unimplemented`; it is never a silent no-op. */
export interface RuntimeCapabilities {
  readonly exec: boolean;
  readonly pause: boolean;
  readonly update: boolean;
  readonly stats: boolean;
  /** `Container.checkpoint`, and `create` with a checkpoint. */
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
  /**
   * Absolute path, on the runtime's host, of a directory that `Container.checkpoint` of the same runtime filled: `start`
   * has the processes in it go on, in place of the program that the spec names. The rest of the spec, the root file
   * system and the kind of stdio have to be as they were. Default: none.
   *
   * While such a container is `created`, nothing of it runs: it has no pid and no processes, `kill` and `update` reject
   * with `failed-precondition`. The directory is read by `start`, and never changed.
   */
  readonly checkpoint?: string;
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
   *   cannot be applied, a checkpoint that is none; the message names the property
   * - `not-found`: the source of a mount, the user named in the spec, or the checkpoint does not exist
   * - `failed-precondition`: a program that the runtime needs is missing or does not work on this host
   * - `unimplemented`: stdio, a spec or a checkpoint that asks for what `capabilities` denies; the message says what is
   *   missing
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
