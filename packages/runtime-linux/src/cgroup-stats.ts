import type { ContainerStats } from "@gantry/api";
import type { Cgroup } from "./cgroup.ts";
import { readHugetlb } from "./cgroup-hugetlb.ts";
import { parseNumber, parseTable, unlimitedBytes, withPresent } from "./control-file.ts";

/** Returns what a container uses now, from the control files of its cgroup. */
export async function readStats(cgroup: Cgroup): Promise<ContainerStats> {
  const read = cgroup.isUnified ? unifiedReaders : legacyReaders;
  const [cpu, memory, pids, io, hugetlb] = await Promise.all([
    read.cpu(cgroup),
    read.memory(cgroup),
    readPids(cgroup),
    read.io(cgroup),
    readHugetlb(cgroup),
  ]);
  return {
    readAt: new Date(),
    ...(cpu !== null && { cpu }),
    ...(memory !== null && { memory }),
    ...(pids !== null && { pids }),
    ...(io !== null && { io }),
    ...(hugetlb !== null && { hugetlb }),
  };
}

type Cpu = NonNullable<ContainerStats["cpu"]>;
type Memory = NonNullable<ContainerStats["memory"]>;
type Pids = NonNullable<ContainerStats["pids"]>;
type Io = NonNullable<ContainerStats["io"]>;

interface Readers {
  cpu(cgroup: Cgroup): Promise<Cpu | null>;
  memory(cgroup: Cgroup): Promise<Memory | null>;
  io(cgroup: Cgroup): Promise<Io | null>;
}

/** Kernel: Documentation/admin-guide/cgroup-v2.rst. Times are in microseconds. */
const unifiedReaders: Readers = {
  async cpu(cgroup) {
    const stat = parseTable(await cgroup.read("", "cpu.stat"));
    const nanoseconds = (name: string) => multiplied(stat.get(name), 1000n);
    const usageNs = nanoseconds("usage_usec");
    return usageNs === undefined
      ? null
      : withPresent<Cpu>(
          { usageNs },
          {
            userNs: nanoseconds("user_usec"),
            systemNs: nanoseconds("system_usec"),
            throttledPeriods: stat.get("nr_throttled"),
            throttledNs: nanoseconds("throttled_usec"),
          },
        );
  },
  async memory(cgroup) {
    const usageBytes = parseNumber(await cgroup.read("", "memory.current"));
    return usageBytes === undefined
      ? null
      : withPresent<Memory>(
          { usageBytes },
          {
            peakBytes: parseNumber(await cgroup.read("", "memory.peak")),
            limitBytes: parseNumber(await cgroup.read("", "memory.max")),
            oomKills: parseTable(await cgroup.read("", "memory.events")).get("oom_kill"),
          },
        );
  },
  async io(cgroup) {
    const text = await cgroup.read("", "io.stat");
    if (text === null) return null;
    const sum = (key: string) =>
      sumOf([...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, "g"))].map((match) => match[1]));
    return {
      readBytes: sum("rbytes"),
      writtenBytes: sum("wbytes"),
      readOperations: sum("rios"),
      writeOperations: sum("wios"),
    };
  },
};

/** Kernel: Documentation/admin-guide/cgroup-v1/. Usage is in nanoseconds, its parts in ticks of 10 ms. */
const legacyReaders: Readers = {
  async cpu(cgroup) {
    const usageNs = parseNumber(await cgroup.read("cpuacct", "cpuacct.usage"));
    const parts = parseTable(await cgroup.read("cpuacct", "cpuacct.stat"));
    const throttling = parseTable(await cgroup.read("cpu", "cpu.stat"));
    return usageNs === undefined
      ? null
      : withPresent<Cpu>(
          { usageNs },
          {
            userNs: multiplied(parts.get("user"), 10_000_000n),
            systemNs: multiplied(parts.get("system"), 10_000_000n),
            throttledPeriods: throttling.get("nr_throttled"),
            throttledNs: throttling.get("throttled_time"),
          },
        );
  },
  async memory(cgroup) {
    const usageBytes = parseNumber(await cgroup.read("memory", "memory.usage_in_bytes"));
    const limit = parseNumber(await cgroup.read("memory", "memory.limit_in_bytes"));
    return usageBytes === undefined
      ? null
      : withPresent<Memory>(
          { usageBytes },
          {
            peakBytes: parseNumber(await cgroup.read("memory", "memory.max_usage_in_bytes")),
            limitBytes: limit !== undefined && limit < unlimitedBytes ? limit : undefined,
            oomKills: parseTable(await cgroup.read("memory", "memory.oom_control")).get("oom_kill"),
          },
        );
  },
  async io(cgroup) {
    // Until Linux 5.4 there are those of the cgroup alone, without the ones below.
    const read = async (name: string) =>
      (await cgroup.read("blkio", `${name}_recursive`)) ?? (await cgroup.read("blkio", name));
    const bytes = await read("blkio.throttle.io_service_bytes");
    const operations = (await read("blkio.throttle.io_serviced")) ?? "";
    // Since Linux 6.10 nothing is counted until a limit is set, and then there is no line of a device, only `Total 0`.
    if (bytes === null || !/^\d+:\d+ /m.test(bytes)) return null;
    const sum = (text: string, key: string) =>
      sumOf([...text.matchAll(new RegExp(`\\b${key} (\\d+)`, "g"))].map((match) => match[1]));
    return {
      readBytes: sum(bytes, "Read"),
      writtenBytes: sum(bytes, "Write"),
      readOperations: sum(operations, "Read"),
      writeOperations: sum(operations, "Write"),
    };
  },
};

/** The same files in both versions; a limit of `max` is none. */
async function readPids(cgroup: Cgroup): Promise<Pids | null> {
  const current = parseNumber(await cgroup.read("pids", "pids.current"));
  const limit = parseNumber(await cgroup.read("pids", "pids.max"));
  return current === undefined ? null : withPresent<Pids>({ current }, { limit });
}

function multiplied(value: bigint | undefined, factor: bigint): bigint | undefined {
  return value === undefined ? undefined : value * factor;
}

function sumOf(numbers: readonly (string | undefined)[]): bigint {
  return numbers.reduce((sum, number) => sum + BigInt(number ?? 0), 0n);
}
