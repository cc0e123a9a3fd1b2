import { Code, ConnectError } from "@connectrpc/connect";

/**
 * A stream of the other side, opened by the first step.
 *
 * Not a generator: the `return` of a generator waits for the step that runs, and that step may wait for a process to
 * print something.
 */
export class RemoteStream<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #open: (left: AbortSignal) => AsyncIterable<T>;
  readonly #failure: (error: unknown) => unknown;
  readonly #leave = new AbortController();
  #source: AsyncIterator<T> | undefined;
  #ended = false;

  /**
   * @param open - opens the stream, which the signal ends
   * @param failure - what to throw for an error of the stream
   */
  constructor(open: (left: AbortSignal) => AsyncIterable<T>, failure: (error: unknown) => unknown) {
    this.#open = open;
    this.#failure = failure;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) {
      return end();
    }
    try {
      this.#source ??= this.#open(this.#leave.signal)[Symbol.asyncIterator]();
      const step = await this.#source.next();
      if (this.#leave.signal.aborted || step.done === true) {
        this.#ended = true;
        return end();
      }
      return step;
    } catch (error) {
      this.#ended = true;
      if (this.#leave.signal.aborted) {
        return end();
      }
      throw this.#failure(error);
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#ended = true;
    this.#leave.abort(leaving());
    return end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The reason for which a call is left. connect-node resets its stream with the code that gRPC has for that, CANCEL. */
export function leaving(): ConnectError {
  return new ConnectError("the caller left", Code.Canceled);
}

function end(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
