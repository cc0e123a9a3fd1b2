// Mounts.
export type { Mount } from "./mount.ts";
export { mountAll } from "./mount-all.ts";
export { listMounts, type MountEntry } from "./mount-info.ts";
export { unmountAll } from "./unmount.ts";

// Programs and processes.
export { closeOnExecAll } from "./close-on-exec.ts";
export { type ProcessIdentity, processIdentity, signalProcess } from "./process-identity.ts";
export { type RunOptions, type RunResult, run } from "./run.ts";
export { spawn } from "./spawn.ts";
export type { Child, ExitStatus, SpawnOptions } from "./spawn-options.ts";

// Locks and errors.
export { type Lock, LockHeldError, lock } from "./lock.ts";
export { SystemError } from "./system-error.ts";
