import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Container, ContainerStats, Mount } from "@gantry/api";
import { buildSpec, specToAny } from "@gantry/api/spec";
import { splitDevice } from "@gantry/sys/at";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";
import { noMountNamespace, openServedHarness } from "./served-harness.ts";

const image = (script: string) => ({ os: "linux", config: { Cmd: ["/bin/sh", "-ec", script], Env: ["PATH=/bin"] } });
const limits = { memoryBytes: 64 << 20, pidsLimit: 20 };
const hasTree = (name: string) =>
  existsSync(join("/sys/fs/cgroup", name)) ? false : `there is no ${name} of version 1`;

/** The disk, as MAJOR and MINOR, that the file system of `path` is on; `null` if it is on none. */
function diskOf(path: string): readonly [major: number, minor: number] | null {
  const { major, minor } = splitDevice(statSync(path, { bigint: true }).dev);
  const device = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(device)) return null;
  const numbers = readFileSync(join(device, existsSync(join(device, "partition")) ? "../dev" : "dev"), "utf8");
  const [disk = Number.NaN, part = Number.NaN] = numbers.trim().split(":").map(Number);
  return [disk, part];
}

/** Waits until the container says that it has done its work. */
async function untilSaid(container: Container): Promise<void> {
  for await (const { data } of container.init.output({ follow: true })) if (data.length > 0) return;
}

describe("runtime: linux counts, from the kernel's own files", { skip: noContainers }, () => {
  const skip = ["cpuacct", "memory", "pids", "blkio"].map(hasTree).find((reason) => reason !== false) ?? false;
  const disk = diskOf(tmpdir());
  const noDisk = disk === null && "temporary files are on no disk";

  it("processor, memory, processes and block devices with version 1", { skip: skip || noDisk }, async () => {
    const host = await LinuxFixture.open();
    try {
      // Written past the cache, so that it is the container's own, and at once.
      const script =
        "dd if=/dev/zero of=/tmp/file bs=1M count=4 oflag=direct 2> /dev/null; echo done; sleep 1000 & sleep 1000";
      const rootfs: Mount[] = [{ type: "bind", source: join(host.base, "image"), target: "", options: ["rbind"] }];
      const [major, minor] = disk ?? [0, 0];
      const built = buildSpec(image(script), limits);
      // Since Linux 6.10 version 1 counts only where there is a limit; this one is far above what any disk does.
      const blockIO = { throttleWriteBpsDevice: [{ major, minor, rate: 1_000_000_000_000 }] };
      const resources = { ...built.linux?.resources, blockIO };
      const spec = specToAny({ ...built, linux: { ...built.linux, resources } });
      const container = await host.run({ ...host.requestOf([]), spec, rootfs });
      await untilSaid(container);
      const { cpu, memory, pids, io } = await container.stats();
      assert.ok(cpu !== undefined && cpu.usageNs > 0n && cpu.userNs !== undefined && cpu.systemNs !== undefined);
      assert.ok(memory !== undefined && memory.usageBytes > 0n && (memory.peakBytes ?? 0n) >= memory.usageBytes);
      assert.deepEqual([memory.limitBytes, memory.oomKills], [BigInt(limits.memoryBytes), 0n]);
      assert.ok(pids !== undefined && pids.current >= 1n && pids.limit === 20n);
      assert.ok(
        io !== undefined && io.writtenBytes >= 4n << 20n && (io.writeOperations ?? 0n) > 0n,
        JSON.stringify(String(io?.writtenBytes)),
      );
    } finally {
      await host.close();
    }
  });

  it("processor time and huge pages with version 2", { skip: noMountNamespace() ?? false }, async () => {
    const prepare = "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup";
    const harness = await openServedHarness({ ociRuntime: "runc", prepare });
    try {
      const spec = harness.spec({ does: "print", stdout: "done", thenSleep: true });
      const rootfs = await harness.makeRootfs();
      const request = { namespace: "suite", id: "c1", spec: specToAny(spec), rootfs, stdio: { kind: "log" } as const };
      const container = await harness.runtime.create(request);
      await container.start();
      await untilSaid(container);
      const stats: ContainerStats = await container.stats();
      assert.ok(stats.cpu !== undefined && stats.cpu.usageNs > 0n && stats.cpu.userNs !== undefined);
      // runc gives a container every controller that version 2 has on the host; huge pages are there on most.
      for (const { pageSizeBytes, usageBytes, failures } of stats.hugetlb ?? []) {
        assert.ok(pageSizeBytes >= 1n << 16n);
        assert.deepEqual([usageBytes, failures], [0n, 0n]);
      }
      await container.delete({ force: true });
    } finally {
      await harness.close();
    }
  });
});
