import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { noContainers, openLinuxHarness } from "./linux-harness.ts";

registerSuite(
  "runtime: linux with runc",
  runtimeSuite(() => openLinuxHarness({ ociRuntime: "runc" })),
  { skip: noContainers },
);
