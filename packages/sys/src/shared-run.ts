/**
 * Work that serves all who asked for it before it began, such as the sync of a directory that many have changed: those
 * who come while it runs wait together for one more run.
 */
export class SharedRun {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Resolves when a run that began after this call has ended; rejects with what that run rejects with. */
  run(): Promise<void> {
    if (this.#running === undefined) {
      return this.#begin();
    }
    // How the run before ends is the business of those who wait for it.
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const running = this.#work().finally(() => {
      if (this.#running === running) {
        this.#running = undefined;
      }
    });
    this.#running = running;
    return running;
  }
}
