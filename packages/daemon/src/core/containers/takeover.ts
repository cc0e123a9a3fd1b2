import { setTimeout as delay } from "node:timers/promises";
import type { Container, Runtime } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { adoptContainer } from "./adopt-container.ts";
import type { ContainerParts } from "./container-parts.ts";
import { reconcile, reconcileRuntime, type Stray } from "./reconcile.ts";
import { RuntimeWatch } from "./runtime-watch.ts";
import { startDue } from "./start-up.ts";
import type { Stops } from "./stop-containers.ts";

/** How long the end of the daemon waits for starts that are at work. */
const settlingDeadlineMs = 1_000;

/** What {@link Takeover} needs of others. */
export interface TakeoverParts {
  readonly parts: ContainerParts;
  readonly stops: Stops;
}

/** Takes over what runtimes have: at the start, and of those that come later when they come. */
export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #runtimes: RuntimeWatch;
  #strays: readonly Stray[] = [];
  #startingUp: Promise<void> = Promise.resolve();

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
    this.#runtimes = new RuntimeWatch(parts.parts.core, (id, runtime) => this.#bringBack(id, runtime));
  }

  /** To be called once. Containers that should run are started behind that. */
  async begin(): Promise<void> {
    this.#strays = await reconcile(this.#parts.parts, this.#adopt);
    this.#startingUp = this.#startDue();
    this.#runtimes.begin();
  }

  /** Containers that runtimes had when they came and nobody made a record of. */
  get strays(): readonly Stray[] {
    return this.#strays;
  }

  /** Takes nothing over any more. */
  close(): Promise<void> {
    return this.#runtimes.close();
  }

  /**
   * Resolves when the starts that were begun have come to an end, or take too long: those are left to the next daemon,
   * which finds them in the records.
   */
  async settled(): Promise<void> {
    await Promise.race([this.#startingUp, delay(settlingDeadlineMs, undefined, { ref: false })]);
  }

  readonly #adopt = (record: ContainerRecord, container: Container) =>
    adoptContainer(this.#parts.parts, { record, container }, this.#parts.stops);

  /** Of a runtime that was not there at the start, or was away. */
  async #bringBack(id: string, runtime: Runtime): Promise<void> {
    const { parts } = this.#parts;
    const strays = await reconcileRuntime(parts, id, { runtime, adopt: this.#adopt });
    this.#strays = [...this.#strays.filter((stray) => stray.runtime !== id), ...strays];
    this.#startingUp = Promise.all([this.#startingUp, this.#startDue({ runtime: id })]).then(() => undefined);
  }

  /** Never rejects. */
  async #startDue(which: { readonly runtime?: string } = {}): Promise<void> {
    const { parts } = this.#parts;
    await startDue(parts, which).catch((error: unknown) => {
      parts.log.error({ err: error }, "what should run cannot be found out");
    });
  }
}
