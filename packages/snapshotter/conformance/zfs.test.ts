import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { openOnDisk } from "./harness.ts";
import { enterNamespace, whyNoZfs, zfsPool } from "./zfs-pool.ts";

enterNamespace();
const pool = zfsPool();

registerSuite(
  "snapshotter: zfs",
  snapshotterSuite(() => openOnDisk(pool.openDriver, pool.makePlace)),
  {
    skip: whyNoZfs(),
    // A command takes some 40 ms, and several make a snapshot: the cases of hundreds of them take a minute.
    timeoutMs: 300_000,
    knownFailures: {
      "times of files, with their nanoseconds, reach the child": "zfs-fuse 0.7.0 keeps times of files in whole seconds",
    },
  },
);
