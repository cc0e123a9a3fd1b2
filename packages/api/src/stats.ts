/**
 * What a container uses, as counted by the platform at one moment. Counters only grow; a figure that the platform
 * does not count is absent. Names follow cgroup v2 where it has one (kernel: Documentation/admin-guide/cgroup-v2.rst).
 */
export interface ContainerStats {
  readonly readAt: Date;
  readonly cpu?: {
    readonly usageNs: bigint;
    readonly userNs?: bigint | undefined;
    readonly systemNs?: bigint | undefined;
    /** How often, and how long in total, the quota held the container back. */
    readonly throttledPeriods?: bigint | undefined;
    readonly throttledNs?: bigint | undefined;
  };
  readonly memory?: {
    readonly usageBytes: bigint;
    readonly peakBytes?: bigint | undefined;
    /** Absent where there is no limit. */
    readonly limitBytes?: bigint | undefined;
    /** How often the kernel killed for want of memory. */
    readonly oomKills?: bigint | undefined;
  };
  readonly pids?: {
    readonly current: bigint;
    readonly limit?: bigint | undefined;
  };
  readonly io?: {
    readonly readBytes: bigint;
    readonly writtenBytes: bigint;
    readonly readOperations?: bigint | undefined;
    readonly writeOperations?: bigint | undefined;
  };
  /** Huge pages, one entry for each size that is counted, smallest first. */
  readonly hugetlb?: readonly HugetlbStats[];
}

/** Huge pages of one size. */
export interface HugetlbStats {
  readonly pageSizeBytes: bigint;
  readonly usageBytes: bigint;
  readonly peakBytes?: bigint | undefined;
  /** Absent where there is no limit. */
  readonly limitBytes?: bigint | undefined;
  /** How often the limit made an allocation fail. */
  readonly failures?: bigint | undefined;
}
