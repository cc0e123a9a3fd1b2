import { setTimeout as delay } from "node:timers/promises";
import type { Host, ProcessIdentity } from "./host.ts";

/** How often a killed process is looked for; the kernel tells nobody but its parent. */
const intervalMs = 5;
const longestMs = 5_000;

/** Resolves when a process that was killed is gone, or has been in the kernel's hands for five seconds. */
export async function untilGone(host: Host, identity: ProcessIdentity): Promise<void> {
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += intervalMs) {
    const now = await host.identify(identity.pid);
    if (now === null || now.startTime !== identity.startTime) {
      return;
    }
    await delay(intervalMs);
  }
}
