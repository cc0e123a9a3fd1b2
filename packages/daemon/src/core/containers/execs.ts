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
import { isHealthCheck } from "../supervision/health-check.ts";
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
      await this.#create(record, request, signal);
    });
  }

  /** Returns where the process stands afterwards. */
  start(ref: ContainerRef, execId: string, signal: AbortSignal): Promise<ProcessState> {
    return this.#queued(ref, (record) => this.#start(record, this.find(ref, execId), signal));
  }

  /** As `create` and `start`. If one of them fails, nothing of it remains. */
  run(ref: ContainerRef, request: ExecRequest, signal: AbortSignal): Promise<ProcessState> {
    checkIdentifier("process", request.id);
    return this.#queued(ref, async (record) => {
      const process = await this.#create(record, request, signal);
      try {
        return await this.#start(record, process, signal);
      } catch (error) {
        await this.#delete(record, process).catch((cleanup: unknown) => {
          const { namespace, id } = record;
          this.#parts.core.log.warn({ err: cleanup, namespace, id, execId: request.id }, "an exec cannot be undone");
        });
        throw error;
      }
    });
  }

  delete(ref: ContainerRef, execId: string, signal: AbortSignal): Promise<Exit | null> {
    return this.#queued(ref, (record) => this.#delete(record, this.find(ref, execId), signal));
  }

  async #create(record: ContainerRecord, request: ExecRequest, signal: AbortSignal): Promise<Process> {
    if (isHealthCheck(request.id)) {
      const detail = "ids of this beginning are those of health checks";
      throw new OperationError("invalid-argument", { type: "process", id: request.id }, detail);
    }
    const process = await this.#parts.live.get(record).exec(request, { signal });
    // Its end is written behind this, in whose turn it is noticed.
    this.#parts.exits.watch(record, { process, execId: request.id });
    this.#announce("exec.created", record, request.id);
    return process;
  }

  async #start(record: ContainerRecord, process: Process, signal: AbortSignal): Promise<ProcessState> {
    await process.start({ signal });
    this.#announce("exec.started", record, process.id);
    return process.state();
  }

  async #delete(record: ContainerRecord, process: Process, signal?: AbortSignal): Promise<Exit | null> {
    const { id } = process;
    const exit = await process.delete(signal === undefined ? {} : { signal });
    const { store, tables } = this.#parts.core;
    store.write(() => {
      if (exit !== null) this.#parts.exits.record(record, id, exit);
      tables.exits.delete(record, id);
      this.#append("exec.deleted", record, id);
    });
    return exit;
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
