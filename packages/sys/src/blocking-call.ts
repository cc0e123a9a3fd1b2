import { lastErrno, type NativeFunction } from "./libc.ts";
import { SystemError, type SystemErrorOptions } from "./system-error.ts";

/**
 * Calls in flight at once. libuv's pool has four threads by default, so more would only queue inside koffi, which
 * throws beyond 256 queued calls instead of waiting.
 */
const maxInFlight = 32;

let inFlight = 0;
const waiting: (() => void)[] = [];

/**
 * Runs a call that may block on one of libuv's threads and resolves to its result.
 *
 * Rejects with a `SystemError` when the result is negative. Buffers among the arguments stay alive until the call has
 * returned. There is no cancellation: the kernel offers none.
 */
export async function blockingCall<A extends readonly unknown[]>(
  call: NativeFunction<A>,
  args: A,
  failure: { readonly syscall: string } & SystemErrorOptions,
): Promise<number> {
  if (inFlight >= maxInFlight) await new Promise<void>((resolve) => waiting.push(resolve));
  else inFlight += 1;
  try {
    return await onPoolThread(call, args, failure);
  } finally {
    // A place is handed on rather than freed and taken again, so that no newcomer overtakes one that waits.
    const next = waiting.shift();
    if (next === undefined) inFlight -= 1;
    else next();
  }
}

function onPoolThread<A extends readonly unknown[]>(
  call: NativeFunction<A>,
  args: A,
  failure: { readonly syscall: string } & SystemErrorOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error, result) => {
      if (error !== null) reject(error);
      else if (result < 0) reject(new SystemError(lastErrno(), failure.syscall, failure));
      else resolve(result);
    });
  });
}
