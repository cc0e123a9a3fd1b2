/** One call that a double received. */
export interface ReceivedCall {
  /** `create` of a runtime, `container.pause`, `process.wait` and so on. */
  readonly method: string;
  /** The arguments, without the signal in the options. */
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
}

/** What a double does with its calls: it keeps them, and answers as its test says. */
export class Script {
  readonly calls: ReceivedCall[] = [];
  readonly #answers = new Map<string, (call: ReceivedCall) => unknown>();
  readonly #arrivals = new Map<string, PromiseWithResolvers<ReceivedCall>>();

  /** States how calls of a method are answered: by what `answer` returns, resolves to, or throws. */
  on(method: string, answer: (call: ReceivedCall) => unknown): void {
    this.#answers.set(method, answer);
  }

  /** Resolves when a call of the method has come, at once if one came already. */
  arrival(method: string): Promise<ReceivedCall> {
    return this.#arrivalOf(method).promise;
  }

  /** Takes in a call. `T` is what the contract says; a test that answers something else shows itself. */
  receive<T>(method: string, args: readonly unknown[], signal: AbortSignal | undefined): T {
    const call = { method, args, signal };
    this.calls.push(call);
    this.#arrivalOf(method).resolve(call);
    const answer = this.#answers.get(method);
    if (answer === undefined) {
      throw new TypeError(`no answer to ${method} is scripted`);
    }
    return answer(call) as T;
  }

  #arrivalOf(method: string): PromiseWithResolvers<ReceivedCall> {
    const arrival = this.#arrivals.get(method) ?? Promise.withResolvers<ReceivedCall>();
    this.#arrivals.set(method, arrival);
    return arrival;
  }
}

/** Resolves when the signal of a call aborts. */
export function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined || signal.aborted) {
      resolve();
    } else {
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}

/** Rejects with the signal's reason when it aborts, as a contract's call does that waits. */
export async function untilCanceled(signal: AbortSignal | undefined): Promise<never> {
  await aborted(signal);
  throw signal?.reason;
}

/** The options of a call without their signal, or nothing if nothing else was in them. */
export function withoutSignal(options: { readonly signal?: AbortSignal | undefined } = {}): readonly unknown[] {
  const { signal: _, ...rest } = options;
  return Object.keys(rest).length === 0 ? [] : [rest];
}
