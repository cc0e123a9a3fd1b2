import type { Exit } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { SupervisionRecord } from "../../store/supervision-table.ts";
import type { CoreParts } from "../parts.ts";
import { systemClock } from "./clock.ts";
import { decideRestart, type RestartDecision } from "./restart-policy.ts";

/** How long the end of the daemon waits for restarts that are at work. */
const closeDeadlineMs = 2_000;

/** Runs a container again whose time has come, if it still is to be run again. Never rejects. */
export type Restart = (record: ContainerRecord) => Promise<void>;

/**
 * Decides what becomes of containers that have ended, and wakes up when it is time. What it decides is written in the
 * transaction that writes the exit, so that there is one decision for each exit, and a crash loses neither.
 */
export class Supervisor {
  readonly #core: CoreParts;
  readonly #restart: Restart;
  readonly #timers = new Map<number, Disposable>();
  /** When runs began that began in the life of this process, by its clock. */
  readonly #began = new Map<number, number>();
  readonly #working = new Set<Promise<void>>();
  #isStarting = true;
  #isClosed = false;

  constructor(core: CoreParts, restart: Restart) {
    this.#core = core;
    this.#restart = restart;
  }

  /** Lets restarts happen; those that were decided on before are the caller's to schedule. */
  open(): void {
    this.#isStarting = false;
  }

  /** Notes that the init process of a container runs. To be called inside of the transaction that writes its start. */
  began(record: ContainerRecord): void {
    const { tables, clock, now } = this.#core;
    this.#began.set(record.uid, clock.now());
    tables.supervision.change(record.uid, {
      startedAt: now(),
      health: record.healthCheck === null ? null : "starting",
    });
  }

  /** Decides what follows from the end of a run. To be called inside of the transaction that writes its exit, once. */
  ended(record: ContainerRecord, exit: Exit): void {
    const { supervision } = this.#core.tables;
    const row = supervision.find(record.uid);
    const ranMs = this.#ranMs(record, row, exit);
    this.#began.delete(record.uid);
    if (row === undefined) return;
    const over = { stopping: null, health: null, restartAt: null };
    if (row.stopping?.restart === true) {
      // Whoever stopped it starts it too; if there is no time for that, the next daemon does.
      supervision.change(record.uid, { ...over, attempt: 0, restartAt: this.#core.now() });
      return;
    }
    supervision.change(record.uid, over);
    if (row.desired === "stopped" || record.phase !== "ready") return;
    const { attempt } = row;
    this.#follow(record, exit, decideRestart(record.restartPolicy, { status: exit.status, ranMs, attempt }));
  }

  /** Wakes up in `delayMs` to run a container again. */
  schedule(record: ContainerRecord, delayMs: number): void {
    if (this.#isClosed) return;
    this.cancel(record);
    const wake = () => {
      this.#timers.delete(record.uid);
      void this.restart(record);
    };
    this.#timers.set(record.uid, this.#core.clock.after(delayMs, wake));
  }

  /** Runs a container again now, unless the daemon is ending. Never rejects. */
  async restart(record: ContainerRecord): Promise<void> {
    if (this.#isClosed) return;
    const working = this.#restart(record).finally(() => this.#working.delete(working));
    this.#working.add(working);
    await working;
  }

  /** Whether it will wake up to run a container again. */
  isScheduled({ uid }: ContainerRecord): boolean {
    return this.#timers.has(uid);
  }

  /** Forgets to wake up. */
  cancel({ uid }: ContainerRecord): void {
    this.#timers.get(uid)?.[Symbol.dispose]();
    this.#timers.delete(uid);
  }

  /** Ends all waiting; what was to come is in the records, and so is what a runtime takes too long for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    const late = Promise.withResolvers<void>();
    using _timer = systemClock.after(closeDeadlineMs, late.resolve);
    await Promise.race([Promise.all(this.#working), late.promise]);
  }

  #follow(record: ContainerRecord, exit: Exit, decision: RestartDecision): void {
    const { tables, events } = this.#core;
    const { namespace, id: subject, uid } = record;
    if (decision.kind === "stay") return;
    if (decision.kind === "give-up") {
      events.append({ namespace, topic: "container.gave-up", subject });
      return;
    }
    const { attempt, delayMs, beginsLoop } = decision;
    const now = this.#core.now().getTime();
    // One that ended while nobody looked has waited already.
    const at = Math.min(now + delayMs, Math.max(now, exit.exitedAt.getTime() + delayMs));
    tables.supervision.change(uid, { attempt, restartAt: new Date(at) });
    if (beginsLoop) events.append({ namespace, topic: "container.crash-loop", subject });
    const attributes = new Map([
      ["attempt", `${attempt}`],
      ["delay_ms", `${delayMs}`],
    ]);
    events.append({ namespace, topic: "container.restarting", subject, attributes });
    if (!this.#isStarting) this.schedule(record, delayMs);
  }

  /** By the clock of this process where it saw the beginning; by the time of day for runs that are older than it. */
  #ranMs({ uid }: ContainerRecord, row: SupervisionRecord | undefined, exit: Exit): number {
    const began = this.#began.get(uid);
    if (began !== undefined) return this.#core.clock.now() - began;
    if (row === undefined || row.startedAt === null) return 0;
    return Math.max(0, exit.exitedAt.getTime() - row.startedAt.getTime());
  }
}
