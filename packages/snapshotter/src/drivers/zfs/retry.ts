import { setTimeout as delay } from "node:timers/promises";
import { failedAs } from "./zfs-error.ts";

/** How a busy dataset is waited for. */
export interface Patience {
  /** Default: 15. */
  readonly attempts?: number;
  /** Default: 200. */
  readonly delayMs?: number;
}

/**
 * Runs a command again while it says that the dataset is busy: the file system leaves its mount point before the pool
 * has let go of it, so what follows an unmount is refused for a moment.
 *
 * Rejects with the error of the last attempt.
 */
export async function whileBusy(
  command: () => Promise<void>,
  { attempts = 15, delayMs = 200 }: Patience = {},
): Promise<void> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await command();
    } catch (error) {
      if (left <= 0 || !failedAs(error, "busy")) {
        throw error;
      }
    }
    await delay(delayMs);
  }
}
