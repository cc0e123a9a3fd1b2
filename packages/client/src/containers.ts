import type {
  AnyValue,
  CallOptions,
  CheckpointOptions,
  ContainerStats,
  DeleteOptions,
  Exit,
  ProcessInfo,
  ProcessState,
  Signal,
} from "@gantry/api";
import { exitFromMessage, labelsToMessage, processStateFromMessage, statsFromMessage } from "@gantry/api/wire";
import {
  type ContainerRecord,
  type ContainerRequest,
  type ContainerStatus,
  recordFrom,
  requestToMessage,
  statusFrom,
} from "./container-record.ts";
import { type SupervisionCalls, supervisionCalls } from "./container-supervision.ts";
import { type ExecRequest, type RunningExec, startExec } from "./exec.ts";
import type { RawClients } from "./raw.ts";
import { type RemoteProcess, remoteProcess } from "./remote-process.ts";
import { type RpcOptions, ServerStream } from "./server-stream.ts";
import { anyToMessage, required } from "./values.ts";

/** Which containers to list. */
export interface ListContainersOptions extends CallOptions {
  /**
   * Expressions `FIELD OPERATOR VALUE,...` over id, image, runtime, status and labels.KEY, with `==`, `!=` and `~=`. A
   * comma means and, several filters mean or. Default: all.
   */
  readonly filters?: readonly string[];
}

/** Options of {@link ContainersClient.kill}. */
export interface KillContainerOptions extends CallOptions {
  /** Whether every process of the container gets the signal, not its init process alone. Default: false. */
  readonly all?: boolean;
}

/**
 * The containers of the client's namespace. Every method rejects with `not-found` where there is no container of the id,
 * and with `invalid-argument` where the id has not the form of one.
 */
export interface ContainersClient extends SupervisionCalls {
  /**
   * Makes a container that is `created`. After a failure nothing of it remains.
   *
   * Rejects with
   * - `already-exists`: the namespace has a container of this id
   * - `invalid-argument`: a spec of unknown type, or a property or mount that cannot be applied
   * - `not-found`: the runtime, the snapshot, the source of a mount or the user in the spec does not exist
   * - `failed-precondition`: a program that the runtime needs is missing on the host
   * - `unimplemented`: the runtime cannot do what is asked
   */
  create(request: ContainerRequest, options?: CallOptions): Promise<ContainerRecord>;

  /**
   * Runs the program of a `created` container, or that of a `stopped` one again, on the same snapshot and with a new log.
   *
   * @returns its process id on the daemon's host, or `null` where the platform has none
   *
   * Rejects with
   * - `not-found`: the program, its directory or its user is missing in the root file system
   * - `failed-precondition`: the container is `running`, `paused` or `unknown`
   * - `permission-denied`: the program may not be executed
   */
  start(id: string, options?: CallOptions): Promise<number | null>;

  /** Returns a record and where the container stands. */
  get(id: string, options?: CallOptions): Promise<ContainerStatus>;

  /**
   * Returns the containers that match, ordered by id.
   *
   * Rejects with
   * - `invalid-argument`: a filter cannot be read
   */
  list(options?: ListContainersOptions): Promise<readonly ContainerStatus[]>;

  /** Replaces all labels of a container. */
  setLabels(id: string, labels: ReadonlyMap<string, string>, options?: CallOptions): Promise<ContainerRecord>;

  /**
   * Removes a container that is `created` or `stopped`, in any state with `force`, and its snapshot if it owns it.
   *
   * @returns how its init process ended, or `null` if it never ran
   *
   * Rejects with
   * - `failed-precondition`: it runs or is paused, and `force` is not set
   */
  delete(id: string, options?: DeleteOptions): Promise<Exit | null>;

  /** Returns a handle on the init process; asks nothing. */
  process(id: string): RemoteProcess;

  /** As {@link RemoteProcess.wait} of the init process. */
  wait(id: string, options?: CallOptions): Promise<Exit>;

  /** As {@link RemoteProcess.output} of the init process. */
  output: (id: string, ...options: Parameters<RemoteProcess["output"]>) => ReturnType<RemoteProcess["output"]>;

  /**
   * Sends a signal, SIGTERM if none is given, to the init process, or to all. SIGTERM, SIGINT, SIGQUIT and SIGKILL also
   * tell the daemon not to restart the container.
   *
   * Rejects with
   * - `invalid-argument`: the platform does not know the signal
   * - `failed-precondition`: the container is stopped
   */
  kill(id: string, signal?: Signal, options?: KillContainerOptions): Promise<void>;

  /**
   * Takes the processor from all processes.
   *
   * Rejects with
   * - `failed-precondition`: the container does not run
   * - `unimplemented`: the runtime cannot
   */
  pause(id: string, options?: CallOptions): Promise<void>;

  /** Undoes `pause`. Rejects likewise. */
  resume(id: string, options?: CallOptions): Promise<void>;

  /**
   * Returns the processes that the platform counts to the container now.
   *
   * Rejects with
   * - `failed-precondition`: the container is stopped
   */
  processes(id: string, options?: CallOptions): Promise<readonly ProcessInfo[]>;

  /**
   * Returns what the container uses now.
   *
   * Rejects with
   * - `failed-precondition`: the container is stopped
   * - `unimplemented`: the runtime cannot
   */
  stats(id: string, options?: CallOptions): Promise<ContainerStats>;

  /** Shows what the container uses, at once and then in intervals (default 1,000 ms), until it is stopped. */
  watchStats(
    id: string,
    options?: CallOptions & { readonly intervalMs?: number },
  ): AsyncIterableIterator<ContainerStats>;

  /**
   * Changes resource limits; all or nothing.
   *
   * Rejects with
   * - `invalid-argument`: a limit that cannot be applied
   * - `failed-precondition`: the container is stopped
   * - `unimplemented`: the runtime cannot
   */
  updateResources(id: string, resources: AnyValue, options?: CallOptions): Promise<void>;

  /**
   * Writes the state of all processes to an empty directory on the daemon's host, from where
   * `ContainerRequest.checkpoint` has them go on in another container. Without `leaveRunning` the container is stopped
   * then. After a failure it goes on, and the directory is empty again.
   *
   * Rejects with
   * - `invalid-argument`: the path is not absolute, or no directory
   * - `not-found`: there is nothing at the path
   * - `failed-precondition`: the container does not run, an exec of it runs, or the directory is not empty
   * - `unimplemented`: the runtime cannot; the message says what its host lacks
   * - `deadline-exceeded`: it took longer than the runtime allows
   */
  checkpoint(id: string, options: CheckpointOptions): Promise<void>;

  /**
   * Runs one more process in a running container. After a failure nothing of it remains.
   *
   * Rejects with
   * - `already-exists`: the container has an exec of this id
   * - `invalid-argument`: a property of the process that cannot be applied
   * - `not-found`: the program is missing in the root file system
   * - `failed-precondition`: the container does not run
   * - `permission-denied`: the program may not be executed
   */
  exec(id: string, request: ExecRequest): Promise<RunningExec>;

  /** Returns where an exec stands. */
  execState(id: string, execId: string, options?: CallOptions): Promise<ProcessState>;
}

export function createContainers(clients: RawClients): ContainersClient {
  const { containers: raw } = clients;
  const process = (id: string) => remoteProcess(clients, id, "");
  return {
    ...lifeOf(clients),
    ...supervisionCalls(clients),
    process,
    wait: (id, options) => process(id).wait(options),
    output: (id, options) => process(id).output(options),
    exec: (id, request) => startExec(clients, id, request),
    async execState(id, execId, options = {}) {
      return processStateFromMessage(required((await raw.getExec({ id, execId }, options)).exec, "exec").state);
    },
    async processes(id, options = {}) {
      const { processes } = await raw.listProcesses({ id }, options);
      return processes.map((info) => ({ pid: info.pid, id: info.id || null }));
    },
    stats: async (id, options = {}) => statsFromMessage(required((await raw.getStats({ id }, options)).stats, "stats")),
    watchStats(id, { intervalMs = 0, ...options } = {}) {
      const open = (rpc: RpcOptions) => raw.streamStats({ id, intervalMs }, rpc);
      return new ServerStream(options, open, ({ stats }) => statsFromMessage(required(stats, "stats")));
    },
  };
}

type Life = Pick<
  ContainersClient,
  | "create"
  | "start"
  | "get"
  | "list"
  | "setLabels"
  | "delete"
  | "kill"
  | "pause"
  | "resume"
  | "updateResources"
  | "checkpoint"
>;

function lifeOf({ containers: raw }: RawClients): Life {
  return {
    create: async (request, options = {}) =>
      recordFrom((await raw.createContainer(requestToMessage(request), options)).container),
    start: async (id, options = {}) => (await raw.startContainer({ id }, options)).pid || null,
    get: async (id, options = {}) => statusFrom((await raw.getContainer({ id }, options)).container),
    async list({ filters = [], ...options } = {}) {
      return (await raw.listContainers({ filters: [...filters] }, options)).containers.map(statusFrom);
    },
    async setLabels(id, labels, options = {}) {
      return recordFrom(
        (await raw.updateContainer({ container: { id, labels: labelsToMessage(labels) } }, options)).container,
      );
    },
    async delete(id, { force = false, ...options } = {}) {
      const { exit } = await raw.deleteContainer({ id, force }, options);
      return exit === undefined ? null : exitFromMessage(exit);
    },
    async kill(id, signal = "", { all = false, ...options } = {}) {
      await raw.killContainer({ id, signal: String(signal), all }, options);
    },
    async pause(id, options = {}) {
      await raw.pauseContainer({ id }, options);
    },
    async resume(id, options = {}) {
      await raw.resumeContainer({ id }, options);
    },
    async updateResources(id, resources, options = {}) {
      await raw.updateResources({ id, resources: anyToMessage(resources) }, options);
    },
    async checkpoint(id, { path, leaveRunning = false, ...options }) {
      await raw.checkpointContainer({ id, path, leaveRunning }, options);
    },
  };
}
