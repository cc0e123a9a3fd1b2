import {
  type CallOptions,
  type CheckpointOptions,
  type Container,
  type Exit,
  isOperationError,
  OperationError,
  type ProcessState,
} from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { StopIntent } from "../../store/supervision-table.ts";
import { sleep } from "../supervision/clock.ts";
import { checkpointContainer } from "./checkpoint-container.ts";
import type { ContainerParts } from "./container-parts.ts";
import { type ContainerRef, keyOf, noSuchContainer, subjectOf } from "./container-ref.ts";
import { startContainer } from "./start-container.ts";

/** Signals that ask a program to end, by name and number. */
const endingSignals = new Set(["INT", "QUIT", "KILL", "TERM", "2", "3", "9", "15"]);

/** How to stop. */
export interface StopRequest {
  /** Name or number. */
  readonly signal: string;
  /** After which the container is killed. */
  readonly timeoutMs: number;
}

/** Whom to send what. */
export interface KillRequest {
  /** Name or number. */
  readonly signal: string;
  /** Whether every process of the container gets it. */
  readonly all: boolean;
}

/** Stops containers because somebody asks for it, which is written down before it is done. */
export class Stops {
  readonly #parts: ContainerParts;
  readonly #closing = new AbortController();
  readonly #working = new Set<Promise<unknown>>();

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  /** Returns how the init process ended, `null` if it never ran. A caller that leaves does not end the stop. */
  async stop(ref: ContainerRef, request: StopRequest, options: CallOptions): Promise<Exit | null> {
    const intent: StopIntent = { ...request, all: false, restart: false };
    const { record, container, exit } = await this.#begin(ref, intent, options);
    if (container === null) return exit;
    return until(this.#track(record, this.#finish(record, container, intent)), options);
  }

  /** Returns where the new init process stands. */
  async restart(ref: ContainerRef, request: StopRequest, options: CallOptions): Promise<ProcessState> {
    const intent: StopIntent = { ...request, all: false, restart: true };
    const { record, container } = await this.#begin(ref, intent, options);
    const finish = async () => {
      if (container !== null) await this.#finish(record, container, intent);
      return this.#startAgain(record);
    };
    return until(this.#track(record, finish()), options);
  }

  /** Sends a signal to the init process, or to all; one that asks for the end keeps the container from being restarted. */
  async kill(ref: ContainerRef, request: KillRequest, options: CallOptions): Promise<void> {
    const name = request.signal.toUpperCase().replace(/^SIG/, "");
    if (!endingSignals.has(name)) {
      presentRecord(this.#parts, ref);
      return this.#parts.live.get(ref).kill(request.signal, { ...options, all: request.all });
    }
    await this.#parts.queue.run(keyOf(ref), () => this.#killForGood(ref, request, options));
  }

  /** As `Container.checkpoint`; one that does not go on afterwards is not restarted. */
  checkpoint(ref: ContainerRef, options: CheckpointOptions): Promise<void> {
    return checkpointContainer(this.#parts, ref, options);
  }

  /** Goes on with what a daemon before this one began. */
  resume(record: ContainerRecord, container: Container, intent: StopIntent): void {
    const work = async () => {
      await container.kill(intent.signal, { all: intent.all }).catch(ignoreEnded);
      if (intent.timeoutMs === null) {
        this.#parts.core.store.write(() => this.#parts.core.tables.supervision.change(record.uid, { stopping: null }));
        return;
      }
      await this.#finish(record, container, intent);
      if (intent.restart) await this.#startAgain(record);
    };
    this.#track(record, work()).catch(() => undefined);
  }

  /** Ends all waiting; what was begun is in the records. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#working);
  }

  /** Writes the intent and sends the signal. The container is `null` if nothing of it runs. */
  #begin(ref: ContainerRef, intent: StopIntent, options: CallOptions): Promise<Begun> {
    const { core, live, queue, supervisor } = this.#parts;
    return queue.run(keyOf(ref), async () => {
      const record = presentRecord(this.#parts, ref);
      if (intent.restart && record.deleteOnExit) {
        throw new OperationError("failed-precondition", subjectOf(record), "is deleted when it ends (delete_on_exit)");
      }
      const container = live.reason(record) === undefined ? live.find(record) : live.get(record);
      const state = await container?.state(options);
      supervisor.cancel(record);
      if (container === undefined || state === undefined || !isAlive(state)) {
        return { record, container: null, exit: await this.#settle(record, state?.exit ?? null, intent) };
      }
      const before = core.tables.supervision.find(record.uid);
      const desired = intent.restart ? "running" : "stopped";
      await core.store.commit(() => {
        core.tables.supervision.change(record.uid, { desired, stopping: intent, restartAt: null });
      });
      try {
        await container.kill(intent.signal, options).catch(ignoreEnded);
      } catch (error) {
        const undone = { desired: before?.desired ?? "running", stopping: before?.stopping ?? null };
        core.store.write(() => core.tables.supervision.change(record.uid, undone));
        throw error;
      }
      return { record, container, exit: null };
    });
  }

  /** Nothing runs; what was to run is not run any more. */
  async #settle(record: ContainerRecord, exit: Exit | null, { restart }: StopIntent): Promise<Exit | null> {
    const { core, exits, supervisor } = this.#parts;
    const { supervision } = core.tables;
    await core.store.commit(() => {
      if (exit !== null) exits.record(record, "", exit);
      if (restart || supervision.find(record.uid) === undefined) return;
      supervision.change(record.uid, { desired: "stopped", stopping: null, restartAt: null });
    });
    supervisor.cancel(record);
    return core.tables.exits.find(record, "") ?? null;
  }

  async #finish(record: ContainerRecord, container: Container, { timeoutMs }: StopIntent): Promise<Exit> {
    const { core, exits, queue } = this.#parts;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, over.signal]);
    const ended = container.init.wait({ signal });
    const kill = async (): Promise<Exit> => {
      await sleep(core.clock, timeoutMs ?? 0, signal);
      await container.kill("SIGKILL").catch(ignoreEnded);
      return ended;
    };
    try {
      const exit = await Promise.race([ended, kill()]);
      await queue.run(keyOf(record), () => core.store.commit(() => exits.record(record, "", exit)));
      return exit;
    } finally {
      over.abort();
    }
  }

  /** Unless somebody deleted it, or started it already. */
  #startAgain(before: ContainerRecord): Promise<ProcessState> {
    return this.#parts.queue.run(keyOf(before), async () => {
      const record = presentRecord(this.#parts, before);
      if (record.run !== before.run) return this.#parts.live.get(record).state();
      return startContainer(this.#parts, record, { signal: this.#closing.signal });
    });
  }

  async #killForGood(ref: ContainerRef, { signal, all }: KillRequest, options: CallOptions): Promise<void> {
    const { core, live, supervisor } = this.#parts;
    const { supervision } = core.tables;
    const record = presentRecord(this.#parts, ref);
    const before = supervision.find(record.uid);
    const stop = { desired: "stopped", restartAt: null } as const;
    if (before?.restartAt != null) {
      await core.store.commit(() => supervision.change(record.uid, stop));
      supervisor.cancel(record);
      return;
    }
    const container = live.get(record);
    if (before === undefined || record.restartPolicy.mode === "no") {
      await container.kill(signal, { ...options, all });
      if (before !== undefined) core.store.write(() => supervision.change(record.uid, stop));
      return;
    }
    const intent: StopIntent = { signal, all, timeoutMs: null, restart: false };
    await core.store.commit(() => supervision.change(record.uid, { ...stop, stopping: intent }));
    try {
      await container.kill(signal, { ...options, all });
    } catch (error) {
      const { desired, stopping } = before;
      core.store.write(() => supervision.change(record.uid, { desired, stopping }));
      throw error;
    }
    core.store.write(() => supervision.change(record.uid, { stopping: null }));
  }

  #track<T>(record: ContainerRecord, work: Promise<T>): Promise<T> {
    const done = work.finally(() => this.#working.delete(done));
    this.#working.add(done);
    done.catch((error: unknown) => {
      if (this.#closing.signal.aborted || isOperationError(error, "not-found")) return;
      const { namespace, id } = record;
      this.#parts.log.warn({ err: error, namespace, id }, "a container cannot be stopped or started again");
    });
    return done;
  }
}

/** What came of the beginning of a stop. */
interface Begun {
  readonly record: ContainerRecord;
  readonly container: Container | null;
  /** How it ended before; `null` if it never ran, or runs. */
  readonly exit: Exit | null;
}

/** Throws `not-found`: there is no such container. */
function presentRecord({ core }: ContainerParts, ref: ContainerRef): ContainerRecord {
  const record = core.tables.containers.find(ref.namespace, ref.id);
  if (record === undefined || record.phase === "creating") throw noSuchContainer(ref);
  return record;
}

function isAlive({ status }: ProcessState): boolean {
  return status === "running" || status === "paused";
}

/** One that has ended meanwhile needs no signal. */
function ignoreEnded(error: unknown): void {
  if (!isOperationError(error, "failed-precondition")) throw error;
}

/** Waits for `work` no longer than the caller likes. */
async function until<T>(work: Promise<T>, { signal }: CallOptions): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
