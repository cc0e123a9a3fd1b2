import type { CallOptions } from "@gantry/api";

/** Options that a generated client's method takes. */
export interface RpcOptions {
  readonly signal: AbortSignal;
}

/**
 * What a daemon sends, value by value, for one reader. The call is made by the first step, and left when the reader leaves.
 *
 * Connect's own iterables have no `return`, so a reader that breaks off would let the daemon send for ever. Not a
 * generator: the `return` of a generator waits for the step that runs, which may wait for a process to print something.
 */
export class ServerStream<T, A = T> implements AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  readonly #open: (options: RpcOptions) => AsyncIterable<A>;
  readonly #pick: (answer: A) => T | undefined;
  readonly #signal: AbortSignal;
  readonly #leave = new AbortController();
  #source: AsyncIterator<A> | undefined;
  #ended = false;

  /**
   * @param open - calls the method; the signal ends the call
   * @param pick - what to show of an answer; `undefined` leaves it out
   */
  constructor(
    options: CallOptions,
    open: (options: RpcOptions) => AsyncIterable<A>,
    pick: (answer: A) => T | undefined,
  ) {
    this.#open = open;
    this.#pick = pick;
    const own = this.#leave.signal;
    this.#signal = options.signal === undefined ? own : AbortSignal.any([options.signal, own]);
  }

  /** Resolves when the first answer is there, which is not shown: it says that the reader is in place. */
  async ready(): Promise<void> {
    await this.#step();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (!this.#ended) {
      const step = await this.#step();
      const value = step.done === true ? undefined : this.#pick(step.value);
      if (value !== undefined && !this.#ended) {
        return { done: false, value };
      }
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#ended = true;
    this.#leave.abort();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #step(): Promise<IteratorResult<A, undefined>> {
    try {
      this.#source ??= this.#open({ signal: this.#signal })[Symbol.asyncIterator]();
      const step = await this.#source.next();
      this.#ended ||= step.done === true;
      return step;
    } catch (error) {
      if (this.#ended) {
        return { done: true, value: undefined };
      }
      this.#ended = true;
      throw error;
    }
  }
}

/** Shows the items of all answers, one by one. The call is made by the first step. */
export async function* itemsOf<T>(open: () => AsyncIterable<readonly T[]>): AsyncGenerator<T, void, undefined> {
  for await (const items of open()) {
    yield* items;
  }
}
