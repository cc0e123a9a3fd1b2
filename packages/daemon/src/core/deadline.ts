import { OperationError, type Subject } from "@gantry/api";

/**
 * Waits for `work` no longer than `timeoutMs`, whether or not it heeds the signal that it gets.
 *
 * Rejects with `deadline-exceeded`: it took longer
 */
export async function withDeadline<T>(
  subject: Subject,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new OperationError("deadline-exceeded", subject, `did not answer within ${timeoutMs} ms`);
    late.reject(error);
    controller.abort(error);
  }, timeoutMs);
  try {
    return await Promise.race([work(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
