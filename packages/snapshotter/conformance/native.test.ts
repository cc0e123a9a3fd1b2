import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { openNativeDriver } from "../src/drivers/native/native.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

registerSuite(
  "snapshotter: native",
  snapshotterSuite(() => openOnDisk(openNativeDriver)),
  { skip: whyNoMounts(), concurrency: 2 },
);
