/** How long work may keep the event loop before it lets others in, in milliseconds. */
const sliceMs = 5;

/** Cuts long work into slices, so that the calls of others are served in between. */
export class Slices {
  #since = performance.now();

  /** To be awaited between small steps; lets others in when the slice is used up. Rejects as `signal` says. */
  async breathe(signal?: AbortSignal): Promise<void> {
    if (performance.now() - this.#since < sliceMs) return;
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
