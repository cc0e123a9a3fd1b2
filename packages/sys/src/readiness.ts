import { natively } from "./libc.ts";

const polling = natively("poll", (libc) => ({ poll: libc.poll }));

/**
 * Resolves when a descriptor can be read or written without waiting, or has an error to tell, or when `signal` aborts:
 * the next call on the descriptor shows which. It keeps the event loop alive meanwhile.
 */
export function whenReady(fd: number, event: "readable" | "writable", signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else {
    const stop = (): void => {
      signal.removeEventListener("abort", stop);
      watcher.close();
      // The watcher calls back outside of what Node knows as a callback, where nobody would run the promise's reactions.
      setImmediate(resolve);
    };
    const watcher = polling().poll(fd, { [event]: true }, stop);
    signal.addEventListener("abort", stop);
  }
  return promise;
}
