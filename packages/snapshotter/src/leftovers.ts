import type { FaultHook, SnapshotDriver } from "./driver.ts";

/** Who hears of what {@link Leftovers} does. */
export interface LeftoverHooks {
  readonly onFailure?: ((id: number, error: unknown) => void) | undefined;
  readonly fault: FaultHook;
}

/** Bytes without a record, removed one after another in the background. */
export class Leftovers {
  readonly #driver: SnapshotDriver;
  readonly #onFailure: (id: number, error: unknown) => void;
  readonly #fault: FaultHook;
  readonly #waiting: number[] = [];
  #work: Promise<void> | undefined;
  #removing: number | undefined;
  #stopped = false;

  constructor(driver: SnapshotDriver, hooks: LeftoverHooks) {
    this.#driver = driver;
    this.#onFailure = hooks.onFailure ?? (() => {});
    this.#fault = hooks.fault;
  }

  /** Has the bytes of `id` removed some time, unless that is under way already; never waits. */
  add(id: number): void {
    if (this.#removing === id || this.#waiting.includes(id)) {
      return;
    }
    this.#waiting.push(id);
    this.#work ??= this.#run();
  }

  /** Resolves when everything that was added is gone, or has been reported. */
  async gone(): Promise<void> {
    await this.#work;
  }

  /** Ends the work after the removal that is under way; the rest is for the next open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    for (let id = this.#waiting.shift(); id !== undefined && !this.#stopped; id = this.#waiting.shift()) {
      this.#removing = id;
      try {
        await this.#driver.remove(id, { fault: this.#fault });
      } catch (error) {
        this.#onFailure(id, error);
      }
      this.#removing = undefined;
    }
    this.#work = undefined;
  }
}
