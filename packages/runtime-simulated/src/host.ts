import type { ContainerRecord, Frame } from "./record.ts";
import { Simulation } from "./simulation.ts";

/** What a host keeps of one container. */
export interface Kept {
  readonly record: ContainerRecord;
  /** What each of its processes has written, by the process's id. */
  readonly output: ReadonlyMap<string, Frame[]>;
}

/** One entry of a host: a container, or why there is none. */
export type HostEntry =
  | (Kept & { readonly namespace: string; readonly id: string })
  | { readonly namespace: string; readonly id: string; readonly error: unknown };

/** Names a container. */
export interface ContainerName {
  readonly namespace: string;
  readonly id: string;
}

/**
 * Where simulated containers are while nobody looks. Whoever opens a runtime on the same host finds them again, as they
 * have gone on meanwhile. At most one runtime at a time.
 */
export interface SimulatedHost {
  /** Where it keeps them, for people. */
  readonly description: string;
  /** Returns all that is kept, in no order. */
  load(): readonly HostEntry[];
  /**
   * Keeps a container as it is now. All or nothing: what a crash leaves of `added` alone does not count.
   *
   * @param json - its {@link ContainerRecord}
   * @param added - what its processes have written since, by their ids
   */
  save(name: ContainerName, json: string, added: ReadonlyMap<string, readonly Frame[]>): void;
  /** Removes what a process has written. */
  removeOutput(name: ContainerName, processId: string): void;
  /** Removes a container and all that is kept of it. */
  remove(name: ContainerName): void;
}

/** Keeps containers as long as the object is there. */
export class MemoryHost implements SimulatedHost {
  readonly description = "memory";
  readonly #kept = new Map<string, { readonly json: string; readonly output: Map<string, Frame[]> }>();

  load(): readonly HostEntry[] {
    return [...this.#kept.values()].map(({ json, output }) => {
      // Written by `save`, from a record.
      const record: ContainerRecord = JSON.parse(json);
      const copy = new Map([...output].map(([id, frames]) => [id, [...frames]]));
      return { namespace: record.namespace, id: record.id, record, output: copy };
    });
  }

  save(name: ContainerName, json: string, added: ReadonlyMap<string, readonly Frame[]>): void {
    const output = this.#kept.get(keyOf(name))?.output ?? new Map<string, Frame[]>();
    for (const [id, frames] of added) {
      const before = output.get(id);
      if (before === undefined) output.set(id, [...frames]);
      else before.push(...frames);
    }
    this.#kept.set(keyOf(name), { json, output });
  }

  removeOutput(name: ContainerName, processId: string): void {
    this.#kept.get(keyOf(name))?.output.delete(processId);
  }

  remove(name: ContainerName): void {
    this.#kept.delete(keyOf(name));
  }
}

/** Whether a process of a container on `host` has that pid and has not ended by now, whether a runtime is open or not. */
export function isSimulated(host: SimulatedHost, pid: number): boolean {
  return host.load().some((entry) => {
    if ("error" in entry) return false;
    // A copy, whose future concerns nobody.
    const { record } = entry;
    new Simulation(record, { printed: () => undefined, ended: () => undefined }).advance(Date.now());
    return record.processes.some((process) => process.pid === pid && process.status !== "stopped");
  });
}

/** Neither part has a `/`. */
function keyOf({ namespace, id }: ContainerName): string {
  return `${namespace}/${id}`;
}
