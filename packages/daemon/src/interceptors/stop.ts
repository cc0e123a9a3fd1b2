import type { Interceptor } from "@connectrpc/connect";
import { observeEnd } from "./stream.ts";

/** Ends calls when the daemon stops. */
export class CallStopper {
  /** Calls that last as long as their caller likes: nothing is lost when they end early, the caller comes back. */
  readonly #lasting = new Set<AbortController>();
  readonly #working = new Set<AbortController>();
  #reason: unknown;
  #idle: (() => void) | undefined;

  /** Aborts every call that lasts, and those that come from now on, with `reason`. */
  stopLasting(reason: unknown): void {
    this.#reason = reason;
    for (const call of this.#lasting) call.abort(reason);
  }

  /** Resolves when no call is at work any more; those left after `graceMs` are aborted. */
  async drain(graceMs: number): Promise<void> {
    if (this.#working.size === 0) return;
    const idle = Promise.withResolvers<void>();
    this.#idle = idle.resolve;
    const timer = setTimeout(() => {
      for (const call of this.#working) call.abort(this.#reason);
      idle.resolve();
    }, graceMs);
    await idle.promise;
    clearTimeout(timer);
  }

  /** How many calls are open now: at work, and lasting as long as their caller likes. */
  counts(): { readonly working: number; readonly lasting: number } {
    return { working: this.#working.size, lasting: this.#lasting.size };
  }

  /** @param lasts - whether a method lasts as long as its caller likes, by `SERVICE/METHOD` */
  interceptor(lasts: (method: string) => boolean): Interceptor {
    return (next) => (request) => {
      const lasting = request.stream || lasts(`${request.service.typeName}/${request.method.name}`);
      const calls = lasting ? this.#lasting : this.#working;
      const call = new AbortController();
      const abort = () => call.abort(request.signal.reason);
      if (request.signal.aborted) abort();
      else if (lasting && this.#reason !== undefined) call.abort(this.#reason);
      request.signal.addEventListener("abort", abort, { once: true });
      calls.add(call);
      return observeEnd(
        () => next({ ...request, signal: call.signal }),
        () => {
          request.signal.removeEventListener("abort", abort);
          calls.delete(call);
          if (this.#working.size === 0) this.#idle?.();
        },
      );
    };
  }
}
