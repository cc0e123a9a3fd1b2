import {
  type AnyValue,
  type CallOptions,
  type Container,
  checkLabels,
  type Exit,
  type OutputFrame,
  type OutputOptions,
  type ProcessState,
} from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { EventTopic } from "../../store/event-table.ts";
import type { PastExit } from "../../store/exit-table.ts";
import { applyMask } from "../field-mask.ts";
import { compileFilters } from "../filter/filter.ts";
import type { Images } from "../images/images.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";
import type { Snapshots } from "../snapshots/snapshots.ts";
import { HealthChecks } from "../supervision/health-checks.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import { refuseCircle } from "./circles.ts";
import { containerFieldReader, containerFields } from "./container-fields.ts";
import type { ContainerParts } from "./container-parts.ts";
import { type ContainerRef, keyOf, noSuchContainer, subjectOf } from "./container-ref.ts";
import { type ContainerView, viewContainer } from "./container-state.ts";
import { createContainer, type NewContainer } from "./create-container.ts";
import { deleteContainer } from "./delete-container.ts";
import { Execs } from "./execs.ts";
import { ExitWatch } from "./exit-watch.ts";
import { LiveContainers } from "./live-containers.ts";
import { OutputReaders } from "./output-readers.ts";
import type { Stray } from "./reconcile.ts";
import { restartContainer, startContainer } from "./start-container.ts";
import { Stops } from "./stop-containers.ts";
import { Takeover } from "./takeover.ts";

/** How long a container that goes with its end waits for those who still read its output. */
const readersDeadlineMs = 10_000;
/** How long one that is run again does. */
const readersOfRunDeadlineMs = 2_000;
/** How long a container is left alone whose runtime does not answer for it. */
const retryMs = 60_000;

/** What {@link Containers.update} changes. */
export interface ContainerChange {
  readonly labels: ReadonlyMap<string, string>;
  readonly extensions: ReadonlyMap<string, AnyValue>;
}

/**
 * The containers of all namespaces: each a record of the daemon's, and what a runtime made of it. The rules of where a
 * container can go from where it stands are the runtime's; what is added here is the record, the order of calls on one
 * container, and that its end is noticed.
 */
export class Containers {
  readonly execs: Execs;
  readonly stops: Stops;
  readonly #parts: ContainerParts;
  readonly #readers = new OutputReaders();
  readonly #leaving = new Set<Promise<void>>();
  readonly #takeover: Takeover;

  constructor(core: CoreParts, snapshots: Snapshots, images: Images) {
    const queue = new KeyedQueue();
    const { log } = core;
    const supervisor = new Supervisor(core, (record) => this.#restart(record));
    const health = new HealthChecks(core);
    const exits = new ExitWatch(core, queue, (record, exit) => {
      health.end(record);
      supervisor.ended(record, exit);
    });
    const watch = this.#watch.bind(this);
    this.#parts = { core, snapshots, images, live: new LiveContainers(), exits, supervisor, health, watch, queue, log };
    this.execs = new Execs(this.#parts);
    this.stops = new Stops(this.#parts);
    this.#takeover = new Takeover({ parts: this.#parts, stops: this.stops });
  }

  /** How many of them have work that has not ended. */
  get busy(): number {
    return this.#parts.queue.size;
  }

  /**
   * Brings records and runtimes together; to be called once, before anything else. Those that should run are started
   * behind that.
   */
  load(): Promise<void> {
    return this.#takeover.begin();
  }

  /** Containers that runtimes had when they came and nobody made a record of. */
  strays(): readonly Stray[] {
    return this.#takeover.strays;
  }

  async create(request: NewContainer, signal: AbortSignal): Promise<ContainerView> {
    const record = await createContainer(this.#parts, request, signal);
    const container = this.#parts.live.find(record);
    if (container !== undefined) this.#watch(record, container);
    return viewContainer(this.#parts, record);
  }

  /** Runs the program of a container that is created or has ended; returns where the init process stands afterwards. */
  start(ref: ContainerRef, signal: AbortSignal): Promise<ProcessState> {
    return this.#parts.queue.run(keyOf(ref), async () => startContainer(this.#parts, this.#record(ref), { signal }));
  }

  get(ref: ContainerRef): Promise<ContainerView> {
    return viewContainer(this.#parts, this.#record(ref));
  }

  /** Ordered by id. */
  async list(namespace: string, filters: readonly string[]): Promise<readonly ContainerView[]> {
    const matches = await compileFilters(filters, containerFields);
    const records = this.#parts.core.tables.containers.list(namespace).filter(({ phase }) => phase !== "creating");
    const views = await Promise.all(records.map((record) => viewContainer(this.#parts, record)));
    return views.filter((view) => matches(containerFieldReader(view)));
  }

  /** How many containers of all namespaces stand where. */
  async counts(): Promise<Readonly<Record<ProcessState["status"], number>>> {
    const counts = { created: 0, running: 0, paused: 0, stopped: 0, unknown: 0 };
    const records = this.#parts.core.tables.containers.all().filter(({ phase }) => phase !== "creating");
    const views = await Promise.all(records.map((record) => viewContainer(this.#parts, record)));
    for (const { state } of views) counts[state.status] += 1;
    return counts;
  }

  update(ref: ContainerRef, change: ContainerChange, paths: readonly string[]): Promise<ContainerRecord> {
    return this.#parts.queue.run(keyOf(ref), async () => {
      const { store, tables, events, now } = this.#parts.core;
      const record = this.#record(ref);
      const { labels, extensions } = record;
      const changed = applyMask(subjectOf(ref), { labels, extensions }, { change: { ...change }, paths });
      checkLabels(subjectOf(ref), changed.labels);
      await store.commit(() => {
        refuseCircle(this.#parts.core, ref, changed.labels);
        tables.containers.update({ ...record, ...changed, updatedAt: now() });
        events.append({ namespace: ref.namespace, topic: "container.updated", subject: ref.id });
      });
      return this.#record(ref);
    });
  }

  /** Returns how the init process ended, `null` if it never ran. */
  delete(ref: ContainerRef, options: { readonly force: boolean; readonly signal?: AbortSignal }): Promise<Exit | null> {
    return this.#parts.queue.run(keyOf(ref), async () => deleteContainer(this.#parts, this.#record(ref), options));
  }

  async pause(ref: ContainerRef, signal: AbortSignal): Promise<void> {
    await this.live(ref).pause({ signal });
    await this.#announce("container.paused", ref);
  }

  async resume(ref: ContainerRef, signal: AbortSignal): Promise<void> {
    await this.live(ref).resume({ signal });
    await this.#announce("container.resumed", ref);
  }

  /** Returns what the runtime made of a container. */
  live(ref: ContainerRef): Container {
    this.#record(ref);
    return this.#parts.live.get(ref);
  }

  /**
   * Returns how a process ended, when it has. A container that its runtime forgot is answered from the records.
   *
   * @param execId - empty for the init process
   */
  async wait(ref: ContainerRef, execId: string, options: CallOptions): Promise<Exit> {
    const record = this.#record(ref);
    const known = this.#parts.core.tables.exits.find(record, execId);
    return known ?? this.execs.find(ref, execId).wait(options);
  }

  /** Returns how the runs of all containers ended that have or had an id, the newest first. */
  pastExits({ namespace, id }: ContainerRef): readonly PastExit[] {
    return this.#parts.core.tables.exits.list(namespace, id);
  }

  /** Shows what a process wrote; while somebody reads, a container that goes with its end stays. */
  async *output(ref: ContainerRef, execId: string, options: OutputOptions): AsyncGenerator<OutputFrame, void, void> {
    const process = this.execs.find(ref, execId);
    using _reader = this.#readers.enter(ref);
    yield* process.output(options);
  }

  /** Stops waiting for ends. Containers go on. To be called when nobody reads their output any more. */
  async close(): Promise<void> {
    const { exits, supervisor, health } = this.#parts;
    await this.#takeover.close();
    await Promise.all([supervisor.close(), this.stops.close(), health.close(), exits.close()]);
    await Promise.all([this.#takeover.settled(), ...this.#leaving]);
  }

  /** Runs a container again whose time has come, unless something else has come between. Never rejects. */
  async #restart(record: ContainerRecord): Promise<void> {
    const { core, queue, supervisor, log } = this.#parts;
    const { namespace, id, uid } = record;
    // The log of the run before goes with what is made anew.
    await this.#readers.idle(record, readersOfRunDeadlineMs);
    const due = () => core.tables.supervision.find(uid)?.restartAt != null;
    try {
      await queue.run(keyOf(record), async () => {
        const present = core.tables.containers.find(namespace, id);
        if (present?.uid === uid && present.phase === "ready" && due()) await restartContainer(this.#parts, present);
      });
    } catch (error) {
      log.warn({ err: error, namespace, id }, "a container that should run does not");
      if (due() && !supervisor.isScheduled(record)) supervisor.schedule(record, retryMs);
    }
  }

  #watch(record: ContainerRecord, container: Container): void {
    const ended = () => {
      if (!record.deleteOnExit) return;
      const leaving = this.#deleteEnded(record).finally(() => this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
    };
    this.#parts.exits.watch(record, { process: container.init, execId: "", ended });
  }

  async #deleteEnded(record: ContainerRecord): Promise<void> {
    const { namespace, id, uid } = record;
    await this.#readers.idle(record, readersDeadlineMs);
    try {
      await this.#parts.queue.run(keyOf(record), async () => {
        const present = this.#parts.core.tables.containers.find(namespace, id);
        if (present?.uid === uid) await deleteContainer(this.#parts, present, { force: false });
      });
    } catch (error) {
      this.#parts.log.error({ err: error, namespace, id }, "a container that goes with its end cannot be deleted");
    }
  }

  #announce(topic: EventTopic, { namespace, id }: ContainerRef): Promise<void> {
    const { store, events } = this.#parts.core;
    return store.commit(() => events.append({ namespace, topic, subject: id }));
  }

  #record(ref: ContainerRef): ContainerRecord {
    const record = this.#parts.core.tables.containers.find(ref.namespace, ref.id);
    if (record === undefined || record.phase === "creating") throw noSuchContainer(ref);
    return record;
  }
}
