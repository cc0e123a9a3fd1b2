import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CallOptions,
  type Container,
  type CreateRequest,
  type LoadedContainer,
  OperationError,
  type Runtime,
  type RuntimeCapabilities,
  type RuntimeInfo,
} from "@gantry/api";
import type { RuntimeRegistration } from "@gantry/api/plugin";
import { specFromAny } from "@gantry/api/spec";
import { FakeContainer, type FakeContainerHost } from "./fake-container.ts";

/** Moments of a fake runtime's work at which a test may step in. */
export type FakeMoment = "creating" | "created" | "starting" | "started" | "killing" | "deleting" | "deleted";

/** How a fake runtime behaves. */
export interface FakeRuntimeOptions {
  readonly id?: string;
  /** Directory where containers are kept, for another instance to find them. Default: they are not. */
  readonly directory?: string;
  /** Signals that its containers take no notice of. Default: none. */
  readonly ignored?: readonly string[];
  /** Called at each moment; a rejection fails the call. */
  readonly at?: (moment: FakeMoment, id: string) => void | Promise<void>;
}

const capabilities: RuntimeCapabilities = {
  exec: true,
  pause: true,
  update: false,
  stats: true,
  checkpoint: false,
  terminal: true,
  stdin: true,
  pipes: false,
  oomDetection: false,
};

/** A runtime whose containers run nothing, for tests of those who use runtimes. */
export class FakeRuntime implements Runtime {
  readonly capabilities = capabilities;
  readonly containers = new Map<string, FakeContainer>();
  readonly #options: FakeRuntimeOptions;
  #pid = 1000;

  constructor(options: FakeRuntimeOptions = {}) {
    this.#options = options;
    if (options.directory !== undefined) mkdirSync(options.directory, { recursive: true });
  }

  /** Registers this instance. */
  registration(): RuntimeRegistration {
    return { id: this.#id, open: async () => ({ ready: this }) };
  }

  /** Returns a container of the namespace `default`. */
  container(id: string): FakeContainer {
    const found = this.containers.get(`default/${id}`);
    if (found === undefined) throw new TypeError(`the fake has no container ${id}`);
    return found;
  }

  async info(): Promise<RuntimeInfo> {
    return {
      id: this.#id,
      version: "1.0 (fake)",
      platform: { os: "linux", architecture: "amd64" },
      details: new Map(),
    };
  }

  async create({ namespace, id, spec }: CreateRequest, _options?: CallOptions): Promise<Container> {
    specFromAny(spec);
    await this.#at("creating", id);
    const key = `${namespace}/${id}`;
    if (this.containers.has(key)) throw new OperationError("already-exists", { type: "container", id }, "is in use");
    const container = this.#add(namespace, id);
    this.#save(container);
    await this.#at("created", id);
    return container;
  }

  async load(): Promise<readonly LoadedContainer[]> {
    const { directory } = this.#options;
    for (const file of directory === undefined ? [] : readdirSync(directory)) {
      const saved = JSON.parse(readFileSync(join(directory ?? "", file), "utf8"));
      if (this.containers.has(`${saved.namespace}/${saved.id}`)) continue;
      const exit = saved.exit && { ...saved.exit, exitedAt: new Date(saved.exit.exitedAt) };
      this.#add(saved.namespace, saved.id).init.restore(saved.status, exit);
    }
    return [...this.containers.values()].map((container) => ({ ...container.info, container }));
  }

  async close(): Promise<void> {}

  get #id(): string {
    return this.#options.id ?? "fake";
  }

  async #at(moment: FakeMoment, id: string): Promise<void> {
    await this.#options.at?.(moment, id);
  }

  #add(namespace: string, id: string): FakeContainer {
    const container = new FakeContainer({ namespace, id, runtime: this.#id, createdAt: new Date() }, this.#host());
    for (const signal of this.#options.ignored ?? []) container.init.ignored.add(signal);
    this.containers.set(`${namespace}/${id}`, container);
    return container;
  }

  #host(): FakeContainerHost {
    return {
      changed: (container) => this.#save(container),
      removing: ({ info }) => this.#at("deleting", info.id),
      removed: async ({ info }) => {
        this.containers.delete(`${info.namespace}/${info.id}`);
        const { directory } = this.#options;
        if (directory !== undefined) rmSync(join(directory, `${info.namespace}-${info.id}`), { force: true });
        await this.#at("deleted", info.id);
      },
      starting: ({ info }) => this.#at("starting", info.id),
      started: ({ info }) => this.#at("started", info.id),
      killing: ({ info }) => this.#at("killing", info.id),
      nextPid: () => {
        this.#pid += 1;
        return this.#pid;
      },
    };
  }

  #save({ info, init }: FakeContainer): void {
    const { directory } = this.#options;
    if (directory === undefined) return;
    const { namespace, id } = info;
    const saved = JSON.stringify({ namespace, id, status: init.status, exit: init.exit });
    writeFileSync(join(directory, `${namespace}-${id}`), saved);
  }
}
