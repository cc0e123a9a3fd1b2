import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { Cgroup, type CgroupLayout } from "./cgroup.ts";
import { readStats } from "./cgroup-stats.ts";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();

/** A cgroup whose control files are as given, by tree and name. */
function cgroupWith(name: string, mode: "v1" | "v2", files: Readonly<Record<string, string>>): Cgroup {
  const trees = mode === "v2" ? [""] : ["cpu", "cpuacct", "memory", "pids", "blkio", "hugetlb"];
  const mounts = new Map(trees.map((tree) => [tree, join(root, name, tree)]));
  const layout: CgroupLayout = { mode, mounts, trees: [...mounts.values()], unifiedControllers: [] };
  for (const [file, text] of Object.entries(files)) {
    const [tree, control] = mode === "v2" ? ["", file] : file.split("/", 2);
    const path = join(root, name, tree ?? "", "c", control ?? "");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return new Cgroup(nodeHost, layout, "/c");
}

describe("readStats", () => {
  it("reads version 2", async () => {
    const cgroup = cgroupWith("v2", "v2", {
      "cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 9\nnr_throttled 4\nthrottled_usec 7\n",
      "memory.current": "1000\n",
      "memory.peak": "2000\n",
      "memory.max": "4000\n",
      "memory.events": "low 0\noom 2\noom_kill 1\n",
      "pids.current": "3\n",
      "pids.max": "20\n",
      "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=100 wbytes=200 rios=3 wios=4\n",
      "hugetlb.1GB.current": "0\n",
      "hugetlb.1GB.max": "max\n",
      "hugetlb.2MB.current": "4194304\n",
      "hugetlb.2MB.rsvd.current": "5\n",
      "hugetlb.2MB.max": "8388608\n",
      "hugetlb.2MB.events": "max 7\n",
    });
    const { readAt, ...stats } = await readStats(cgroup);
    assert.ok(readAt instanceof Date);
    assert.deepEqual(stats, {
      cpu: { usageNs: 5_000n, userNs: 3_000n, systemNs: 2_000n, throttledPeriods: 4n, throttledNs: 7_000n },
      memory: { usageBytes: 1000n, peakBytes: 2000n, limitBytes: 4000n, oomKills: 1n },
      pids: { current: 3n, limit: 20n },
      io: { readBytes: 110n, writtenBytes: 220n, readOperations: 4n, writeOperations: 6n },
      hugetlb: [
        { pageSizeBytes: 2n << 20n, usageBytes: 4_194_304n, limitBytes: 8_388_608n, failures: 7n },
        { pageSizeBytes: 1n << 30n, usageBytes: 0n },
      ],
    });
  });

  it("reads version 1", async () => {
    const cgroup = cgroupWith("v1", "v1", {
      "cpuacct/cpuacct.usage": "123456789012345678\n",
      "cpuacct/cpuacct.stat": "user 3\nsystem 2\n",
      "cpu/cpu.stat": "nr_periods 9\nnr_throttled 4\nthrottled_time 7\n",
      "memory/memory.usage_in_bytes": "1000\n",
      "memory/memory.max_usage_in_bytes": "2000\n",
      "memory/memory.limit_in_bytes": "4000\n",
      "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
      "pids/pids.current": "3\n",
      "pids/pids.max": "max\n",
      "blkio/blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n",
      "blkio/blkio.throttle.io_serviced_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
      "hugetlb/hugetlb.64KB.usage_in_bytes": "65536\n",
      "hugetlb/hugetlb.64KB.max_usage_in_bytes": "131072\n",
      "hugetlb/hugetlb.64KB.limit_in_bytes": "9223372036854771712\n",
      "hugetlb/hugetlb.64KB.failcnt": "1\n",
      "hugetlb/hugetlb.64KB.rsvd.usage_in_bytes": "9\n",
    });
    const { readAt: _readAt, ...stats } = await readStats(cgroup);
    assert.deepEqual(stats, {
      cpu: {
        usageNs: 123456789012345678n,
        userNs: 30_000_000n,
        systemNs: 20_000_000n,
        throttledPeriods: 4n,
        throttledNs: 7n,
      },
      memory: { usageBytes: 1000n, peakBytes: 2000n, limitBytes: 4000n, oomKills: 1n },
      pids: { current: 3n },
      io: { readBytes: 10n, writtenBytes: 20n, readOperations: 1n, writeOperations: 2n },
      hugetlb: [{ pageSizeBytes: 65_536n, usageBytes: 65_536n, peakBytes: 131_072n, failures: 1n }],
    });
  });

  it("reads what version 1 of an old kernel counts of block devices", async () => {
    const cgroup = cgroupWith("old", "v1", {
      "blkio/blkio.throttle.io_service_bytes": "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n",
    });
    const none = { readOperations: 0n, writeOperations: 0n };
    assert.deepEqual((await readStats(cgroup)).io, { readBytes: 10n, writtenBytes: 20n, ...none });
  });

  it("leaves out a limit that is none", async () => {
    const legacy = cgroupWith("unlimited", "v1", {
      "memory/memory.usage_in_bytes": "1\n",
      "memory/memory.limit_in_bytes": "9223372036854771712\n",
    });
    assert.deepEqual((await readStats(legacy)).memory, { usageBytes: 1n });
    const unified = cgroupWith("unlimited2", "v2", { "memory.current": "1\n", "memory.max": "max\n" });
    assert.deepEqual((await readStats(unified)).memory, { usageBytes: 1n });
  });

  it("leaves out block devices that version 1 does not count, as it does without a limit", async () => {
    const cgroup = cgroupWith("uncounted", "v1", { "blkio/blkio.throttle.io_service_bytes_recursive": "Total 0\n" });
    assert.equal((await readStats(cgroup)).io, undefined);
  });

  it("leaves out what is not counted", async () => {
    for (const mode of ["v1", "v2"] as const) {
      const { readAt: _readAt, ...stats } = await readStats(cgroupWith(`empty-${mode}`, mode, {}));
      assert.deepEqual(stats, {});
    }
  });
});
