import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Cgroup, type CgroupLayout, readCgroupLayout } from "./cgroup.ts";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();

/** A host whose mount table and version 2 controllers are as given. */
function hostWith(mounts: string, controllers = "") {
  const texts = new Map([
    ["/proc/self/mounts", mounts],
    ["/sys/fs/cgroup/cgroup.controllers", controllers],
    ["/sys/fs/cgroup/unified/cgroup.controllers", controllers],
  ]);
  return { ...nodeHost, readText: async (path: string) => texts.get(path) ?? null };
}

describe("readCgroupLayout", () => {
  it("knows one tree of version 2", async () => {
    const layout = await readCgroupLayout(hostWith("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "cpu memory\n"));
    assert.equal(layout.mode, "v2");
    assert.deepEqual(layout.trees, ["/sys/fs/cgroup"]);
    assert.deepEqual(layout.unifiedControllers, ["cpu", "memory"]);
  });

  it("knows the trees of version 1, also those of two controllers", async () => {
    const layout = await readCgroupLayout(
      hostWith(
        "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n",
      ),
    );
    assert.equal(layout.mode, "v1");
    assert.deepEqual(layout.trees, ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"]);
    assert.equal(layout.mounts.get("cpuacct"), "/sys/fs/cgroup/cpu,cpuacct");
  });

  it("knows both beside each other", async () => {
    const layout = await readCgroupLayout(
      hostWith(
        "cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
        "hugetlb",
      ),
    );
    assert.equal(layout.mode, "hybrid");
    assert.deepEqual(layout.trees, ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"]);
    assert.deepEqual(layout.unifiedControllers, ["hugetlb"]);
  });

  it("says where there are none", async () => {
    assert.equal((await readCgroupLayout(hostWith("tmpfs /tmp tmpfs rw 0 0\n"))).mode, "none");
  });

  it("is right about this machine", async () => {
    assert.notEqual((await readCgroupLayout(nodeHost)).mode, process.platform === "linux" ? "none" : "v1");
  });
});

describe("Cgroup", () => {
  /** Directories in the place of trees. */
  function layoutAt(name: string, trees: readonly string[]): CgroupLayout {
    const mounts = new Map(trees.map((tree) => [tree, join(root, name, tree)]));
    for (const path of mounts.values()) mkdirSync(join(path, "c/child"), { recursive: true });
    return { mode: "v1", mounts, trees: [...mounts.values()], unifiedControllers: [] };
  }

  it("counts the processes of all trees and of the cgroups below, each once", async () => {
    const layout = layoutAt("processes", ["freezer", "memory"]);
    writeFileSync(join(root, "processes/freezer/c/cgroup.procs"), "1\n2\n");
    writeFileSync(join(root, "processes/freezer/c/child/cgroup.procs"), "3\n");
    writeFileSync(join(root, "processes/memory/c/cgroup.procs"), "2\n4\n");
    const pids = await new Cgroup(nodeHost, layout, "/c").processes();
    assert.deepEqual(pids.toSorted(), [1, 2, 3, 4]);
  });

  it("is removed with the cgroups below in all trees, and again without harm", async () => {
    const cgroup = new Cgroup(nodeHost, layoutAt("remove", ["freezer", "memory"]), "/c");
    assert.equal(await cgroup.remove(), true);
    assert.equal(existsSync(join(root, "remove/freezer/c")), false);
    assert.equal(await cgroup.remove(), true);
  });

  it("says when it cannot be removed", async () => {
    const layout = layoutAt("busy", ["freezer"]);
    // What keeps a real cgroup is a process; here a file does.
    writeFileSync(join(root, "busy/freezer/c/file"), "");
    assert.equal(await new Cgroup(nodeHost, layout, "/c").remove(), false);
  });

  it("tells whether it is frozen and whether memory ran out", async () => {
    const layout = layoutAt("state", ["freezer", "memory"]);
    const cgroup = new Cgroup(nodeHost, layout, "/c");
    assert.deepEqual([await cgroup.isFrozen(), await cgroup.hasOomKill()], [false, false]);
    writeFileSync(join(root, "state/freezer/c/freezer.state"), "FROZEN\n");
    writeFileSync(join(root, "state/memory/c/memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    assert.deepEqual([await cgroup.isFrozen(), await cgroup.hasOomKill()], [true, true]);
  });
});
