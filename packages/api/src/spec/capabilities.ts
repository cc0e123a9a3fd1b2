import { specError } from "./spec-error.ts";

/**
 * What a container may do by default, beyond what any process may: enough for packages to be installed and for servers to
 * drop to another user, nothing that reaches the host. Other engines give the same fourteen.
 */
export const defaultCapabilities: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** Everything that capabilities(7) knows. */
const allCapabilities: readonly string[] = [
  ...defaultCapabilities,
  "CAP_AUDIT_CONTROL",
  "CAP_AUDIT_READ",
  "CAP_BLOCK_SUSPEND",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
  "CAP_DAC_READ_SEARCH",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_LEASE",
  "CAP_LINUX_IMMUTABLE",
  "CAP_MAC_ADMIN",
  "CAP_MAC_OVERRIDE",
  "CAP_NET_ADMIN",
  "CAP_NET_BROADCAST",
  "CAP_PERFMON",
  "CAP_SYSLOG",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_MODULE",
  "CAP_SYS_NICE",
  "CAP_SYS_PACCT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_WAKE_ALARM",
].sort();

/** What to give beyond the default, and what to take from it; `ALL`, or names with or without `CAP_` in any case. */
export interface CapabilityChange {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}

/** Returns the names that a container gets, ordered. `drop` is applied first, so that `ALL` can be narrowed to a few. */
export function chooseCapabilities(change: CapabilityChange, privileged: boolean): readonly string[] {
  const chosen = new Set(privileged ? allCapabilities : defaultCapabilities);
  for (const name of expand(change.drop ?? [], "capabilities.drop")) {
    chosen.delete(name);
  }
  for (const name of expand(change.add ?? [], "capabilities.add")) {
    chosen.add(name);
  }
  return [...chosen].sort();
}

function expand(names: readonly string[], property: string): readonly string[] {
  return names.flatMap((given) => {
    const upper = given.toUpperCase();
    if (upper === "ALL") {
      return allCapabilities;
    }
    const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
    if (!allCapabilities.includes(name)) {
      throw specError(property, `${JSON.stringify(given.slice(0, 64))} is no capability`);
    }
    return [name];
  });
}
