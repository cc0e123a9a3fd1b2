import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import type { CallService } from "../gantry/system/v1/index.ts";

/** Header by which a call is named for `CallService.CancelCall`. */
export const callIdHeader = "gantry-call-id";

// Ids of calls that were canceled before they came: few, since a call and its cancellation travel one after the other.
const earlyMaxCount = 256;

/** The calls of a server that their callers can cancel by name. */
export class CancelableCalls {
  readonly #running = new Map<string, AbortController>();
  readonly #early = new Set<string>();

  /** Aborts the call's signal, also if the call is yet to come. */
  cancel(id: string): void {
    const call = this.#running.get(id);
    if (call !== undefined) {
      call.abort();
      return;
    }
    this.#early.add(id);
    for (const oldest of this.#early) {
      if (this.#early.size <= earlyMaxCount) {
        break;
      }
      this.#early.delete(oldest);
    }
  }

  /** Makes the interceptor that gives every named call a signal that `cancel` aborts. */
  interceptor(): Interceptor {
    return (next) => async (request) => {
      const id = request.header.get(callIdHeader);
      if (id === null || request.stream) {
        return next(request);
      }
      const signal = AbortSignal.any([request.signal, this.#begin(id).signal]);
      try {
        return await next({ ...request, signal });
      } finally {
        this.#running.delete(id);
      }
    };
  }

  /** Makes the service by which callers cancel. */
  service(): ServiceImpl<typeof CallService> {
    return {
      cancelCall: (request) => {
        this.cancel(request.callId);
        return {};
      },
    };
  }

  #begin(id: string): AbortController {
    const call = new AbortController();
    this.#running.set(id, call);
    if (this.#early.delete(id)) {
      call.abort();
    }
    return call;
  }
}
