import { OperationError, type ProcessState, type RuntimeEvent, type Subject } from "@gantry/api";
import { requireStatus } from "@gantry/api/kit";
import { Changes } from "./changes.ts";
import type { Kept, SimulatedHost } from "./host.ts";
import type { ContainerRecord, Frame, ProcessRecord } from "./record.ts";
import { Simulation } from "./simulation.ts";
import { exitOf, stateOf } from "./status.ts";

/** What the containers of one runtime share. */
export interface RuntimeContext {
  readonly host: SimulatedHost;
  emit(event: RuntimeEvent): void;
  forget(container: ContainerRecord): void;
  /** Gives an id that no process has. */
  nextPid(): number;
  warn(message: string): void;
}

/** The longest that a timer can wait. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * One container with its simulation: whatever is done to it is done in {@link act}, which lets it go on until now before,
 * keeps it on the host afterwards, and tells those who wait. All of that is one step, which nothing else comes between.
 */
export class KeptContainer {
  readonly record: ContainerRecord;
  readonly subject: Subject;
  readonly changes = new Changes();
  readonly context: RuntimeContext;
  readonly simulation: Simulation;
  /** By the process, not its id, which another one may have after it. */
  readonly #output = new WeakMap<ProcessRecord, Frame[]>();
  #added = new Map<ProcessRecord, Frame[]>();
  #ended: ProcessRecord[] = [];
  #saved = "";
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing can be done any more. */
  #over: OperationError | null = null;

  constructor(context: RuntimeContext, { record, output }: Kept) {
    this.context = context;
    this.record = record;
    this.subject = { type: "container", id: record.id };
    for (const process of record.processes) this.#output.set(process, output.get(process.id) ?? []);
    this.simulation = new Simulation(record, {
      printed: (process, frame) => {
        process.frames += 1;
        append(this.#added, process, [frame]);
      },
      ended: (process) => this.#ended.push(process),
    });
  }

  /** The process whose end is the container's. */
  get init(): ProcessRecord {
    const [init] = this.record.processes;
    if (init === undefined) throw new OperationError("data-loss", this.subject, "its record has no process");
    return init;
  }

  /** Does something at the present simulated time. */
  act<T>(work: (now: number) => T): T {
    this.check();
    const now = Date.now();
    this.simulation.advance(now);
    try {
      return work(now);
    } finally {
      this.#settle();
    }
  }

  state(process: ProcessRecord): ProcessState {
    return this.act(() => stateOf(process, this.record));
  }

  /** All that a process has written so far; grows. */
  outputOf(process: ProcessRecord): readonly Frame[] {
    return this.#output.get(process) ?? [];
  }

  /** Throws `not-found` once it is deleted, `failed-precondition` once its runtime is closed. */
  check(): void {
    if (this.#over !== null) throw this.#over;
  }

  /** Throws `failed-precondition`: it is to be restored, and has no process until it is started. */
  requireProcess(doing: string): void {
    if (this.init.pid !== 0) return;
    requireStatus(this.subject, this.init.status, { doing, expected: ["running", "paused"] });
  }

  /** Forgets a process, which is there no more. */
  removeProcess(process: ProcessRecord): void {
    this.record.processes.splice(this.record.processes.indexOf(process), 1);
    this.#settle();
    this.context.host.removeOutput(this.record, process.id);
  }

  /** Removes the container from the host. */
  remove(): void {
    this.context.host.remove(this.record);
    this.context.forget(this.record);
    this.close(new OperationError("not-found", this.subject, "was deleted"));
  }

  /** Lets go of the container, which goes on. */
  close(reason: OperationError): void {
    this.#over = reason;
    clearTimeout(this.#timer);
    this.changes.notify();
  }

  #settle(): void {
    if (this.#over !== null) return;
    const json = JSON.stringify(this.record);
    if (json !== this.#saved) {
      this.context.host.save(this.record, json, new Map([...this.#added].map(([{ id }, frames]) => [id, frames])));
      this.#saved = json;
      for (const [process, frames] of this.#added) append(this.#output, process, frames);
      this.#added = new Map();
    }
    this.#arm();
    const { namespace, id: containerId } = this.record;
    for (const process of this.#ended.splice(0)) {
      this.context.emit({ type: "exit", namespace, containerId, processId: process.id, exit: exitOf(process) });
    }
    this.changes.notify();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.simulation;
    if (wakeAt === null) return;
    const delay = Math.min(Math.max(wakeAt - Date.now(), 1), maxDelayMs);
    this.#timer = setTimeout(() => this.#wake(), delay);
  }

  #wake(): void {
    try {
      this.act(() => undefined);
    } catch (error) {
      // It goes on with the next call, or the next runtime on this host.
      this.context.warn(`container ${this.record.namespace}/${this.record.id} is not kept: ${String(error)}`);
    }
  }
}

function append(
  to: { get(process: ProcessRecord): Frame[] | undefined; set(process: ProcessRecord, frames: Frame[]): unknown },
  process: ProcessRecord,
  frames: readonly Frame[],
): void {
  const before = to.get(process);
  if (before === undefined) to.set(process, [...frames]);
  else before.push(...frames);
}
