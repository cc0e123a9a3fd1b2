import { arch } from "node:os";
import {
  type CallOptions,
  type Container,
  type CreateRequest,
  checkIdentifier,
  type LoadedContainer,
  OperationError,
  type Runtime,
  type RuntimeCapabilities,
  type RuntimeEvent,
  type RuntimeInfo,
  type Subject,
} from "@gantry/api";
import { EventFeed } from "@gantry/api/kit";
import { runtimeId, SimulatedContainer } from "./container.ts";
import type { ContainerName, SimulatedHost } from "./host.ts";
import { KeptContainer, type RuntimeContext } from "./kept-container.ts";
import { programNames } from "./programs/shell.ts";
import type { ContainerRecord } from "./record.ts";
import { recordOf } from "./request.ts";
import { version } from "./version.ts";

const subject: Subject = { type: "runtime", id: runtimeId };

/** Pids begin behind the largest that Linux gives (proc(5), pid_max), so that none is ever that of a process. */
const lastPid = 4_194_304;

/** Containers that run nothing: their programs are played, and all that would be seen of them is seen. */
export class SimulatedRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities = {
    exec: true,
    pause: true,
    update: true,
    stats: true,
    checkpoint: true,
    terminal: true,
    stdin: true,
    pipes: false,
    oomDetection: false,
  };
  readonly #context: RuntimeContext;
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #broken: LoadedContainer[] = [];
  readonly #events = new EventFeed();
  #pid = lastPid;
  #isClosed = false;

  /** Finds again what is on `host`. `warn` is called when a container cannot be kept there. */
  constructor(host: SimulatedHost, warn: (message: string) => void = () => undefined) {
    this.#context = {
      host,
      warn,
      emit: (event) => this.#events.publish(event),
      forget: (record) => this.#containers.delete(keyOf(record)),
      nextPid: () => {
        this.#pid += 1;
        return this.#pid;
      },
    };
    for (const entry of host.load()) {
      if ("error" in entry) {
        this.#broken.push(entry);
        continue;
      }
      this.#pid = Math.max(this.#pid, ...entry.record.processes.map(({ pid }) => pid));
      this.#containers.set(keyOf(entry), new SimulatedContainer(new KeptContainer(this.#context, entry)));
    }
  }

  async info(): Promise<RuntimeInfo> {
    const { host } = this.#context;
    return {
      id: runtimeId,
      version,
      platform: { os: "linux", architecture: goArchitectures[arch()] ?? arch() },
      details: new Map([
        ["simulated", "nothing runs: programs are played, and there is no isolation"],
        ["programs", programNames().join(" ")],
        ["host", host.description],
      ]),
    };
  }

  async create(request: CreateRequest, options?: CallOptions): Promise<Container> {
    this.#checkOpen();
    options?.signal?.throwIfAborted();
    checkIdentifier("namespace", request.namespace);
    checkIdentifier("container", request.id);
    const record = recordOf(request, Date.now());
    if (this.#containers.has(keyOf(record))) {
      const detail = `is in use in namespace ${record.namespace}`;
      throw new OperationError("already-exists", { type: "container", id: record.id }, detail);
    }
    return this.#make(record);
  }

  async load(options?: CallOptions): Promise<readonly LoadedContainer[]> {
    this.#checkOpen();
    options?.signal?.throwIfAborted();
    // What was due while nobody looked is done now; else those who ask for events would not learn of it.
    for (const { kept } of this.#containers.values()) kept.act(() => undefined);
    const found = [...this.#containers.values()].map((container) => ({ ...nameOf(container.info), container }));
    return [...found, ...this.#broken];
  }

  events(options?: CallOptions): AsyncIterable<RuntimeEvent> {
    this.#checkOpen();
    return this.#events.subscribe(options?.signal);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { kept } of this.#containers.values()) kept.close(closedError());
    this.#containers.clear();
    this.#events.close();
  }

  #make(record: ContainerRecord): Container {
    const [init] = record.processes;
    // One that is to be restored has no process until then.
    if (init !== undefined && record.checkpoint === undefined) init.pid = this.#context.nextPid();
    const name = nameOf(record);
    const broken = this.#broken.findIndex((one) => keyOf(one) === keyOf(name));
    // What could not be read gives way to a new container of the same id, which only its deletion can have asked for.
    if (broken >= 0) {
      this.#context.host.remove(name);
      this.#broken.splice(broken, 1);
    }
    const kept = new KeptContainer(this.#context, { record, output: new Map() });
    try {
      kept.act(() => undefined);
    } catch (error) {
      this.#context.host.remove(name);
      throw error;
    }
    const container = new SimulatedContainer(kept);
    this.#containers.set(keyOf(name), container);
    return container;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError();
  }
}

/** OCI images name architectures as Go does. */
const goArchitectures: Partial<Record<string, string>> = { x64: "amd64", ia32: "386" };

function closedError(): OperationError {
  return new OperationError("failed-precondition", subject, "the runtime is closed");
}

function nameOf({ namespace, id }: ContainerName): ContainerName {
  return { namespace, id };
}

/** Neither part has a `/`. */
function keyOf({ namespace, id }: ContainerName): string {
  return `${namespace}/${id}`;
}
