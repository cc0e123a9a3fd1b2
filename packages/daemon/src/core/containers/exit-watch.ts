import { setTimeout as delay } from "node:timers/promises";
import { type Exit, isOperationError, type Process } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";
import { keyOf } from "./container-ref.ts";

/** How long to leave a runtime alone whose process is gone. */
const retryMs = 1_000;

/** A process to wait for. */
export interface WatchedProcess {
  readonly process: Process;
  /** Empty for the init process. */
  readonly execId: string;
  /** Called after the exit was written. */
  readonly ended?: () => void;
}

/**
 * Waits for the end of every process and writes it down, with its event, once: the row of the exit is what makes it so,
 * whoever notices first, also over restarts of the daemon.
 */
export class ExitWatch {
  readonly #core: CoreParts;
  readonly #queue: KeyedQueue;
  readonly #ended: (record: ContainerRecord, exit: Exit) => void;
  readonly #closing = new AbortController();
  readonly #watching = new Set<Promise<void>>();

  /** @param ended - called inside of the transaction that writes the end of a container, once for each run */
  constructor(core: CoreParts, queue: KeyedQueue, ended: (record: ContainerRecord, exit: Exit) => void) {
    this.#core = core;
    this.#queue = queue;
    this.#ended = ended;
  }

  /** Begins to wait for a process of a container. */
  watch(record: ContainerRecord, watched: WatchedProcess): void {
    const watching = this.#watch(record, watched).finally(() => this.#watching.delete(watching));
    this.#watching.add(watching);
  }

  /**
   * Writes an exit and its event, behind one of memory that ran out if that was the reason, unless that was
   * done or the container is gone. Inside of a transaction.
   */
  record(record: ContainerRecord, execId: string, exit: Exit): void {
    const { tables, events } = this.#core;
    const present = tables.containers.find(record.namespace, record.id);
    if (present?.uid !== record.uid) return;
    if (!tables.exits.insert(record, execId, exit)) return;
    const { namespace, id: subject } = record;
    if (execId === "" && exit.oomKilled) events.append({ namespace, topic: "container.oom", subject });
    events.append({ namespace, topic: execId === "" ? "container.exited" : "exec.exited", subject, execId, exit });
    if (execId === "" && present.run === record.run) this.#ended(present, exit);
  }

  /** Stops waiting. Ends that come later are noticed at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#watching);
  }

  async #watch(record: ContainerRecord, { process, execId, ended }: WatchedProcess): Promise<void> {
    const { signal } = this.#closing;
    try {
      const exit = await this.#endOf(record, process);
      // Behind whatever is going on with the container, so that its start is written before its end.
      await this.#queue.run(keyOf(record), async () => {
        if (!signal.aborted) await this.#write(record, execId, exit);
      });
      if (!signal.aborted) ended?.();
    } catch (error) {
      if (signal.aborted || isOperationError(error, "not-found")) return;
      const { namespace, id } = record;
      this.#core.log.warn({ err: error, namespace, id, execId }, "the end of a process cannot be waited for");
    }
  }

  /** The end of an exec is not waited for: a power cut takes the container and all its execs with it. */
  async #write(record: ContainerRecord, execId: string, exit: Exit): Promise<void> {
    const { store } = this.#core;
    const write = () => this.record(record, execId, exit);
    if (execId === "") await store.commit(write);
    else store.write(write);
  }

  /** The runtime may be served by a process of its own, which can be gone for a while; its containers go on. */
  async #endOf(record: ContainerRecord, process: Process): Promise<Exit> {
    const { signal } = this.#closing;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await process.wait({ signal });
      } catch (error) {
        if (signal.aborted || !isOperationError(error, "unavailable")) throw error;
        const { namespace, id } = record;
        if (isFirst)
          this.#core.log.warn({ err: error, namespace, id }, "a runtime is gone; it is asked again and again");
      }
      await delay(retryMs, undefined, { signal });
    }
  }
}
