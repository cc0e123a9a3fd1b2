import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { OperationError } from "@gantry/api";
import { LockHeldError, lock } from "@gantry/sys";
import { fileError } from "./file-error.ts";

/**
 * Makes `root` (mode 0700) where it is absent and locks it for this process, which ends the lock however it ends.
 *
 * @returns what releases the lock; calling it again does nothing
 *
 * Rejects with
 * - `failed-precondition`: the lock is held; the message names the process that holds it
 * - `permission-denied`, `resource-exhausted`: as the file system says
 */
export async function lockRoot(root: string): Promise<() => void> {
  const subject = { type: "snapshotter", id: root } as const;
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const held = lock(join(root, "lock"));
    return () => held.release();
  } catch (error) {
    if (error instanceof LockHeldError) {
      const holder = error.holderPid === null ? "another process" : `process ${error.holderPid}`;
      throw new OperationError("failed-precondition", subject, `is in use by ${holder}`, { cause: error });
    }
    throw fileError(subject, "cannot be locked", error);
  }
}
