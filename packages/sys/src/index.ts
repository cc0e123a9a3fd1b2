// Mounts.

// Files and errors.
export { closeOnExecAll } from "./close-on-exec.ts";
export { type Lock, LockHeldError, lock } from "./lock.ts";
export type { Mount } from "./mount.ts";
export { mountAll } from "./mount-all.ts";
export { listMounts, type MountEntry } from "./mount-info.ts";
// Programs.
export { type RunOptions, type RunResult, run } from "./run.ts";
export { spawn } from "./spawn.ts";
export type { Child, SpawnOptions } from "./spawn-options.ts";
export { SystemError } from "./system-error.ts";
export { unmountAll } from "./unmount.ts";
