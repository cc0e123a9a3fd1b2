import { existsSync } from "node:fs";
import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { noMountNamespace, openServedHarness } from "./served-harness.ts";

/** crun refuses a host that has controllers of version 2 beside version 1, so that tree is put out of its sight. */
const elsewhere = { ociRuntime: "crun", prepare: "umount -l /sys/fs/cgroup/unified 2>/dev/null" };

const skip = existsSync("/usr/bin/crun") ? noMountNamespace() : "there is no /usr/bin/crun (Debian: crun)";
registerSuite(
  "runtime: linux with crun",
  runtimeSuite(() => openServedHarness(elsewhere)),
  { skip },
);
