import type { CallOptions } from "../call-options.ts";
import type { Container } from "../container.ts";
import { OperationError } from "../errors.ts";
import { checkIdentifier } from "../identifier.ts";
import type {
  CreateRequest,
  LoadedContainer,
  Runtime,
  RuntimeCapabilities,
  RuntimeEvent,
  RuntimeInfo,
} from "../runtime.ts";
import { specFromAny } from "../spec/any.ts";
import { checkProcess } from "./check-process.ts";
import { DrivenContainer } from "./driven-container.ts";
import type { ContainerDriver, FoundContainer, RuntimeDriver } from "./driver.ts";
import type { EventFeed } from "./event-feed.ts";
import { RuntimeRules } from "./runtime-rules.ts";

/**
 * Makes a runtime of what a platform does. It keeps the rules of the contract that are the same on every platform: the form
 * of ids and that each is used once; what `capabilities` deny; which call fits where a container stands, and the error where
 * it does not; one change of a container after the other; waiting, and following output; signals by their names; the table
 * of containers and execs; what is refused once something is deleted or the runtime closed.
 *
 * @param id - as registered; part of every container's `info`
 */
export function createRuntime(id: string, driver: RuntimeDriver): Runtime {
  return driver.events === undefined
    ? new DrivenRuntime(id, driver)
    : new DrivenRuntimeWithEvents(id, driver, driver.events);
}

class DrivenRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities;
  protected readonly rules: RuntimeRules;
  readonly #id: string;
  readonly #driver: RuntimeDriver;
  readonly #closing = new AbortController();
  readonly #entries = new Map<string, LoadedContainer | null>();
  #loading: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  constructor(id: string, driver: RuntimeDriver) {
    this.#id = id;
    this.#driver = driver;
    this.capabilities = { ...incapable, ...driver.capabilities };
    this.rules = new RuntimeRules(this.capabilities, this.#closing.signal);
  }

  async info(): Promise<RuntimeInfo> {
    return this.#driver.info();
  }

  async create(request: CreateRequest, { signal }: CallOptions = {}): Promise<Container> {
    const { namespace, id, stdio } = request;
    this.rules.checkOpen();
    signal?.throwIfAborted();
    checkIdentifier("namespace", namespace);
    checkIdentifier("container", id);
    const spec = specFromAny(request.spec);
    const process = spec.process ?? {};
    checkProcess(process);
    this.rules.requireStreams(stdio, process.terminal);
    if (request.checkpoint !== undefined) this.rules.requireCapability("checkpoint");
    const key = keyOf(namespace, id);
    const subject = { type: "container", id } as const;
    if (this.#entries.has(key)) throw new OperationError("already-exists", subject, `is in use in ${namespace}`);
    // Nobody else makes one of this id meanwhile.
    this.#entries.set(key, null);
    try {
      const driver = await this.#driver.create({ ...request, spec, process, signal });
      return this.#add(namespace, id, driver);
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  async load({ signal }: CallOptions = {}): Promise<readonly LoadedContainer[]> {
    this.rules.checkOpen();
    signal?.throwIfAborted();
    this.#loading ??= this.#load();
    await this.#loading;
    return [...this.#entries.values()].filter((entry) => entry !== null);
  }

  close(): Promise<void> {
    const subject = { type: "runtime", id: this.#id } as const;
    this.#closing.abort(new OperationError("failed-precondition", subject, "is closed"));
    this.#driver.events?.close();
    this.#closed ??= (async () => this.#driver.close?.())();
    return this.#closed;
  }

  async #load(): Promise<void> {
    const found = await this.#driver.load();
    await Promise.all(found.map((one) => this.#open(one)));
  }

  async #open({ namespace, id, open }: FoundContainer): Promise<void> {
    const key = keyOf(namespace, id);
    if (this.#entries.has(key)) return;
    try {
      const driver = await open();
      if (driver !== undefined) this.#add(namespace, id, driver);
    } catch (error) {
      this.#entries.set(key, { namespace, id, error });
    }
  }

  #add(namespace: string, id: string, driver: ContainerDriver): Container {
    const key = keyOf(namespace, id);
    const info = { namespace, id, runtime: this.#id, createdAt: driver.createdAt };
    const forget = () => this.#entries.delete(key);
    const container = new DrivenContainer({ info, driver, rules: this.rules, forget });
    this.#entries.set(key, { namespace, id, container });
    return container;
  }
}

class DrivenRuntimeWithEvents extends DrivenRuntime {
  readonly #events: EventFeed;

  constructor(id: string, driver: RuntimeDriver, events: EventFeed) {
    super(id, driver);
    this.#events = events;
  }

  events(options: CallOptions = {}): AsyncIterable<RuntimeEvent> {
    this.rules.checkOpen();
    return this.#events.subscribe(options.signal);
  }
}

const incapable: RuntimeCapabilities = {
  exec: false,
  pause: false,
  update: false,
  stats: false,
  checkpoint: false,
  terminal: false,
  stdin: false,
  pipes: false,
  oomDetection: false,
};

/** Neither part can hold a slash. */
function keyOf(namespace: string, id: string): string {
  return `${namespace}/${id}`;
}
