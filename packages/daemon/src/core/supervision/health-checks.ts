import type { Container } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { CoreParts } from "../parts.ts";
import { sleep } from "./clock.ts";
import { type Health, type HealthCheck, nextHealth } from "./health.ts";
import { runHealthCheck } from "./health-check.ts";

/** A run of a container that is looked after. */
interface Watched {
  health: Health;
  readonly stop: AbortController;
}

/** Checks the health of the containers that run and say how. */
export class HealthChecks {
  readonly #core: CoreParts;
  readonly #watched = new Map<number, Watched>();
  readonly #loops = new Set<Promise<void>>();

  constructor(core: CoreParts) {
    this.#core = core;
  }

  /** Begins to check a container that runs, from what is written of its health; nothing if it has no check. */
  begin(record: ContainerRecord, container: Container): void {
    this.end(record);
    if (record.healthCheck === null) return;
    const status = this.#core.tables.supervision.find(record.uid)?.health ?? "starting";
    const watched = { health: { status, failedChecks: 0, output: "" }, stop: new AbortController() };
    this.#watched.set(record.uid, watched);
    const loop = this.#look(record, { container, check: record.healthCheck, watched })
      .catch((error: unknown) => {
        if (watched.stop.signal.aborted) return;
        const { namespace, id } = record;
        this.#core.log.error({ err: error, namespace, id }, "the health of a container is not checked any more");
      })
      .finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  /** Ends the checks of a container. */
  end({ uid }: ContainerRecord): void {
    this.#watched.get(uid)?.stop.abort();
    this.#watched.delete(uid);
  }

  /** What is known of a container that is checked. */
  find({ uid }: ContainerRecord): Health | undefined {
    return this.#watched.get(uid)?.health;
  }

  async close(): Promise<void> {
    for (const { stop } of this.#watched.values()) stop.abort();
    this.#watched.clear();
    await Promise.all(this.#loops);
  }

  async #look(
    record: ContainerRecord,
    { container, check, watched }: { container: Container; check: HealthCheck; watched: Watched },
  ): Promise<void> {
    const { clock } = this.#core;
    const { signal } = watched.stop;
    const began = clock.now();
    for (;;) {
      await sleep(clock, check.intervalMs, signal);
      const result = await runHealthCheck(check, { container, clock, signal });
      signal.throwIfAborted();
      if (result === null) continue;
      const before = watched.health;
      watched.health = nextHealth(before, result, { check, sinceStartMs: clock.now() - began });
      if (watched.health.status !== before.status) this.#tell(record, watched.health);
    }
  }

  #tell({ uid, namespace, id }: ContainerRecord, { status }: Health): void {
    const { store, tables, events } = this.#core;
    store.write(() => {
      tables.supervision.change(uid, { health: status });
      events.append({ namespace, topic: "container.health", subject: id, attributes: new Map([["health", status]]) });
    });
  }
}
