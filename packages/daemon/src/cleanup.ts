/**
 * What has to be let go of, in the reverse order of how it was taken. Like the AsyncDisposableStack of newer engines,
 * which the oldest supported Node (22) lacks.
 */
export class Cleanup {
  #steps: (() => void | Promise<void>)[] = [];

  /** Adds a step. */
  defer(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  /** Hands all steps over to a new one; this one has none left. */
  move(): Cleanup {
    const moved = new Cleanup();
    moved.#steps = this.#steps;
    this.#steps = [];
    return moved;
  }

  /** Takes every step, also behind one that fails; rejects with the first failure. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    const steps = this.#steps.splice(0).reverse();
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
