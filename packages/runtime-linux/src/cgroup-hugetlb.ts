import type { HugetlbStats } from "@gantry/api";
import type { Cgroup } from "./cgroup.ts";
import { parseNumber, parseTable, unlimitedBytes, withPresent } from "./control-file.ts";

const factors: Readonly<Record<string, bigint>> = { KB: 1n << 10n, MB: 1n << 20n, GB: 1n << 30n };

/**
 * Reads what a cgroup has of huge pages, for each size that the kernel has, smallest first; `null` if that is not counted.
 *
 * Kernel: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/hugetlb.rst. With version 1 the names are
 * `hugetlb.2MB.usage_in_bytes` and so on, and there is the peak; with version 2 `hugetlb.2MB.current`.
 */
export async function readHugetlb(cgroup: Cgroup): Promise<readonly HugetlbStats[] | null> {
  const usage = cgroup.isUnified ? "current" : "usage_in_bytes";
  const sizes = (await cgroup.files("hugetlb")).flatMap((name) => {
    const [, size, unit, kind] = /^hugetlb\.(\d+)([KMG]B)\.(\w+)$/.exec(name) ?? [];
    const factor = factors[unit ?? ""];
    return size === undefined || factor === undefined || kind !== usage
      ? []
      : [{ name: `hugetlb.${size}${unit}`, pageSizeBytes: BigInt(size) * factor }];
  });
  if (sizes.length === 0) return null;
  sizes.sort((one, other) => (one.pageSizeBytes < other.pageSizeBytes ? -1 : 1));
  return Promise.all(sizes.map((size) => (cgroup.isUnified ? readUnified : readLegacy)(cgroup, size)));
}

interface PageSize {
  /** What the names of its control files begin with. */
  readonly name: string;
  readonly pageSizeBytes: bigint;
}

async function readUnified(cgroup: Cgroup, { name, pageSizeBytes }: PageSize): Promise<HugetlbStats> {
  const read = (file: string) => cgroup.read("hugetlb", `${name}.${file}`);
  const usageBytes = parseNumber(await read("current")) ?? 0n;
  const figures = {
    limitBytes: parseNumber(await read("max")),
    failures: parseTable(await read("events")).get("max"),
  };
  return withPresent<HugetlbStats>({ pageSizeBytes, usageBytes }, figures);
}

async function readLegacy(cgroup: Cgroup, { name, pageSizeBytes }: PageSize): Promise<HugetlbStats> {
  const number = async (file: string) => parseNumber(await cgroup.read("hugetlb", `${name}.${file}`));
  const limit = await number("limit_in_bytes");
  const figures = {
    peakBytes: await number("max_usage_in_bytes"),
    limitBytes: limit !== undefined && limit < unlimitedBytes ? limit : undefined,
    failures: await number("failcnt"),
  };
  return withPresent<HugetlbStats>({ pageSizeBytes, usageBytes: (await number("usage_in_bytes")) ?? 0n }, figures);
}
