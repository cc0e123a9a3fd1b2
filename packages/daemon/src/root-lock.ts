import { join } from "node:path";
import { OperationError } from "@gantry/api";
import type { Lock } from "@gantry/sys";

/**
 * Makes this process the only daemon on `root`, until it releases the lock or ends.
 *
 * Rejects with `failed-precondition`: another daemon has it; the message names its process
 */
export async function lockRoot(root: string): Promise<Lock> {
  const { lock, LockHeldError } = await import("@gantry/sys");
  try {
    return lock(join(root, "lock"));
  } catch (cause) {
    if (!(cause instanceof LockHeldError)) throw cause;
    const holder = cause.holderPid === null ? "another process" : `process ${cause.holderPid}`;
    const detail = `another daemon works on this directory: ${holder}`;
    throw new OperationError("failed-precondition", { type: "daemon", id: root }, detail, { cause });
  }
}
