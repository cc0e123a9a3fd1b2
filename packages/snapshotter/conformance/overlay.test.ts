import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

registerSuite(
  "snapshotter: overlay",
  snapshotterSuite(() => openOnDisk(openOverlayDriver)),
  { skip: whyNoMounts(), concurrency: 2 },
);
