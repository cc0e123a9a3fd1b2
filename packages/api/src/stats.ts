/**
 * What a container uses, as counted by the platform at one moment. Counters only grow; a figure that the platform
 * does not count is absent. Names follow cgroup v2 where it has one (kernel: Documentation/admin-guide/cgroup-v2.rst).
 */
export interface ContainerStats {
  readonly readAt: Date;
  readonly cpu?: {
    readonly usageNs: bigint;
    readonly userNs?: bigint;
    readonly systemNs?: bigint;
    /** How often, and how long in total, the quota held the container back. */
    readonly throttledPeriods?: bigint;
    readonly throttledNs?: bigint;
  };
  readonly memory?: {
    readonly usageBytes: bigint;
    readonly peakBytes?: bigint;
    /** Absent where there is no limit. */
    readonly limitBytes?: bigint;
    /** How often the kernel killed for want of memory. */
    readonly oomKills?: bigint;
  };
  readonly pids?: {
    readonly current: bigint;
    readonly limit?: bigint;
  };
  readonly io?: {
    readonly readBytes: bigint;
    readonly writtenBytes: bigint;
    readonly readOperations?: bigint;
    readonly writeOperations?: bigint;
  };
}
