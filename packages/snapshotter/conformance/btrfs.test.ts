import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { openBtrfsDriver } from "../src/drivers/btrfs/btrfs.ts";
import { btrfsVolume, whyNoBtrfs } from "./btrfs-volume.ts";
import { openOnDisk } from "./harness.ts";

const volume = btrfsVolume();

registerSuite(
  "snapshotter: btrfs",
  snapshotterSuite(() => openOnDisk(openBtrfsDriver, volume.makePlace)),
  { skip: whyNoBtrfs(), concurrency: 2 },
);
