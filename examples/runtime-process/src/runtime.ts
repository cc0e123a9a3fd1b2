import { existsSync, readdirSync, rmSync } from "node:fs";
import { arch } from "node:os";
import type { CallOptions, Runtime, RuntimeCapabilities, RuntimeInfo } from "@gantry/api";
import { type CreateRequest, checkIdentifier, type LoadedContainer, OperationError } from "@gantry/api";
import { defineRuntime } from "@gantry/api/plugin";
import { specFromAny } from "@gantry/api/spec";
import { ProcessContainer } from "./container.ts";
import { isMade, makeProcess, type Place } from "./process.ts";
import { checkSpec, programOf, rootOf } from "./program.ts";

const isolation = "none: containers are child processes, run by the user of the runtime, which see the whole host";

/** A runtime whose containers are child processes, for hosts and people that need no isolation. */
export class ProcessRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities = {
    ...{ exec: true, pause: false, update: false, stats: false, checkpoint: false },
    ...{ terminal: false, stdin: false, pipes: false, oomDetection: false },
  };
  readonly #directory: string;
  readonly #closing = new AbortController();
  readonly #containers = new Map<string, ProcessContainer>();

  /** @param directory - where the files of its containers are; no other instance may use it meanwhile */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async info(): Promise<RuntimeInfo> {
    const platform = { os: "linux", architecture: arch() === "x64" ? "amd64" : arch() };
    return { id: "process", version: "0.1.0", platform, details: new Map([["isolation", isolation]]) };
  }

  async create({ namespace, id, ...request }: CreateRequest, { signal }: CallOptions = {}): Promise<ProcessContainer> {
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    checkIdentifier("namespace", namespace);
    checkIdentifier("container", id);
    const spec = specFromAny(request.spec);
    checkSpec(spec);
    const program = programOf(spec.process ?? {}, request.stdio, { root: rootOf(request.rootfs) });
    makeProcess(this.#placeOf(namespace, id), program);
    return this.#open(namespace, id);
  }

  async load(): Promise<readonly LoadedContainer[]> {
    this.#closing.signal.throwIfAborted();
    return readdirSync(this.#directory).flatMap((name): LoadedContainer[] => {
      const [namespace = "", id = ""] = name.split("+");
      const place = this.#placeOf(namespace, id);
      try {
        if (isMade(place)) return [{ namespace, id, container: this.#open(namespace, id) }];
        rmSync(place.directory, { recursive: true });
        return [];
      } catch (error) {
        return [{ namespace, id, error }];
      }
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new OperationError("failed-precondition", { type: "runtime", id: "process" }, "is closed"));
  }

  #open(namespace: string, id: string): ProcessContainer {
    const known = this.#containers.get(`${namespace}+${id}`);
    if (known !== undefined && !known.init.isDeleted) return known;
    const container = new ProcessContainer(namespace, this.#placeOf(namespace, id));
    this.#containers.set(`${namespace}+${id}`, container);
    return container;
  }

  #placeOf(namespace: string, id: string): Place {
    return { id, directory: `${this.#directory}/${namespace}+${id}`, closing: this.#closing.signal };
  }
}

/** How a daemon that imports this module opens it; what it keeps survives a reboot, so that every end can be told. */
export const runtime = defineRuntime({
  id: "process",
  open: async ({ root, options }) => {
    const [option] = Object.keys(options);
    if (option !== undefined) {
      throw new OperationError("invalid-argument", { type: "runtime", id: "process" }, `has no option ${option}`);
    }
    return existsSync("/proc/self/stat")
      ? { ready: new ProcessRuntime(root) }
      : { skipped: "tells processes apart by /proc, which only Linux has" };
  },
});
