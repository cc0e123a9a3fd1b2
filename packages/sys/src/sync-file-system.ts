import { blockingCall } from "./blocking-call.ts";
import { natively } from "./libc.ts";

const calls = natively("syncfs", (libc) => ({ syncfs: libc.func<[number]>("int syncfs(int fd)") }));

/**
 * Writes everything that waits in memory for the file system of `fd` to its device, and resolves when it is there. It
 * runs on a thread of the pool, for as long as the device takes. Since Linux 5.8 it rejects (EIO, ENOSPC) also for a
 * write that failed in the background before.
 */
export async function syncfs(fd: number): Promise<void> {
  await blockingCall(calls().syncfs, [fd], { syscall: "syncfs" });
}
