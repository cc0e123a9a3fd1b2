import type { Host, ProcessIdentity } from "./host.ts";

/**
 * Identifies a process that conmon has reported. If it has ended since, it gets an identity that none ever has: its exit
 * is on record, and nobody is to be taken for it.
 */
export async function identityOf(host: Host, pid: number): Promise<ProcessIdentity> {
  return (await host.identify(pid)) ?? { pid, startTime: 0n, bootId: await host.bootId() };
}
