import {
  checkIdentifier,
  type ExecRequest,
  type Exit,
  OperationError,
  type Process,
  type ProcessState,
} from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { EventTopic } from "../../store/event-table.ts";
import type { ContainerParts } from "./container-parts.ts";
import { type ContainerRef, keyOf, noSuchContainer } from "./container-ref.ts";

/** The processes that are added to containers. */
export class Execs {
  readonly #parts: ContainerParts;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  /**
   * Returns a process of a container.
   *
   * @param execId - empty for the init process
   */
  find(ref: ContainerRef, execId: string): Process {
    this.#record(ref);
    const container = this.#parts.live.get(ref);
    if (execId === "") return container.init;
    const found = container.execs().find(({ id }) => id === execId);
    if (found !== undefined) return found;
    throw new OperationError(
      "not-found",
      { type: "process", id: execId },
      `container ${JSON.stringify(ref.id)} has no such exec`,
    );
  }

  create(ref: ContainerRef, request: ExecRequest, signal: AbortSignal): Promise<void> {
    checkIdentifier("process", request.id);
    return this.#queued(ref, async (record) => {
      const process = await this.#parts.live.get(ref).exec(request, { signal });
      // Its end is written behind this, in whose turn it is noticed.
      this.#parts.exits.watch(record, { process, execId: request.id });
      this.#announce("exec.created", record, request.id);
    });
  }

  /** Returns where the process stands afterwards. */
  start(ref: ContainerRef, execId: string, signal: AbortSignal): Promise<ProcessState> {
    return this.#queued(ref, async (record) => {
      const process = this.find(ref, execId);
      await process.start({ signal });
      this.#announce("exec.started", record, execId);
      return process.state();
    });
  }

  delete(ref: ContainerRef, execId: string, signal: AbortSignal): Promise<Exit | null> {
    return this.#queued(ref, async (record) => {
      const exit = await this.find(ref, execId).delete({ signal });
      const { store, tables } = this.#parts.core;
      store.write(() => {
        if (exit !== null) this.#parts.exits.record(record, execId, exit);
        tables.exits.delete(record.uid, execId);
        this.#append("exec.deleted", record, execId);
      });
      return exit;
    });
  }

  #queued<T>(ref: ContainerRef, work: (record: ContainerRecord) => Promise<T>): Promise<T> {
    return this.#parts.queue.run(keyOf(ref), async () => work(this.#record(ref)));
  }

  #record(ref: ContainerRef): ContainerRecord {
    const record = this.#parts.core.tables.containers.find(ref.namespace, ref.id);
    if (record === undefined || record.phase === "creating") throw noSuchContainer(ref);
    return record;
  }

  /**
   * Nobody waits for the sync, here and at the end of an exec: it lives in the memory of the machine, and whatever takes
   * the log's last lines takes it too.
   */
  #announce(topic: EventTopic, record: ContainerRecord, execId: string): void {
    this.#parts.core.store.write(() => this.#append(topic, record, execId));
  }

  #append(topic: EventTopic, record: ContainerRecord, execId: string): void {
    this.#parts.core.events.append({ namespace: record.namespace, topic, subject: record.id, execId });
  }
}
