import { existsSync } from "node:fs";
import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { noMountNamespace, openServedHarness } from "./served-harness.ts";

/**
 * crun refuses a host that has controllers of version 2 beside version 1, and takes every directory beside them for a
 * controller. So it gets the trees of version 1 alone, on a directory of their own.
 */
const withoutUnified = `
  if test -d /sys/fs/cgroup/unified; then
    trees=$(mktemp -d) && mount -t tmpfs none "$trees"
    for tree in /sys/fs/cgroup/*; do
      name="$trees/\${tree##*/}"
      if test -L "$tree"; then cp -P "$tree" "$name"
      elif test "$tree" != /sys/fs/cgroup/unified; then mkdir "$name" && mount --bind "$tree" "$name"
      fi
    done
    mount --move "$trees" /sys/fs/cgroup && rmdir "$trees"
  fi`;
const elsewhere = { ociRuntime: "crun", prepare: withoutUnified };

const skip = existsSync("/usr/bin/crun") ? noMountNamespace() : "there is no /usr/bin/crun (Debian: crun)";
registerSuite(
  "runtime: linux with crun",
  runtimeSuite(() => openServedHarness(elsewhere)),
  { skip },
);
