/** Bringing changes to the disk without stopping the event loop; plain Node, on every platform. */
export { SharedRun } from "./shared-run.ts";
export { WalSync } from "./wal-sync.ts";
