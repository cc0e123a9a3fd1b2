import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { noMountNamespace, openServedHarness } from "./served-harness.ts";

/** One tree of version 2. On a host with version 1 it has few controllers, if any, but freezing and counting work. */
const elsewhere = { ociRuntime: "runc", prepare: "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup" };

/** The cases in which cgroups matter, except for limits, which need controllers. */
const titles = /^(start runs|pause|kill|delete (removes|with force)|stats|processes|load finds a paused|the end of)/;

const cases = [...runtimeSuite(() => openServedHarness(elsewhere))].filter(([title]) => titles.test(title));
registerSuite("runtime: linux with cgroup v2", new Map(cases), { skip: noMountNamespace() });
