import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { openOnDisk } from "./harness.ts";
import { enterNamespace, whyNoZfs, zfsPool } from "./zfs-pool.ts";

enterNamespace();
const pool = zfsPool();

registerSuite(
  "snapshotter: zfs",
  snapshotterSuite(() => openOnDisk(pool.openDriver, pool.makePlace)),
  // A command takes some 40 ms, and several make a snapshot: the cases of hundreds of them take a minute.
  { skip: whyNoZfs(), timeoutMs: 300_000 },
);
