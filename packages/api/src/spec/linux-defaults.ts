import type { OciMount, OciResources } from "./oci.ts";

/** Where programs are looked for if the image does not say. */
export const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What every container sees over its root file system, in the order to mount it. */
export const defaultMounts: readonly OciMount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    // 5 is the group tty of nearly every distribution; grantpt(3) relies on it.
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
  },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
  {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
  },
];

/** Files of the kernel that tell about the host or other containers; each is hidden by an empty one. */
export const maskedPaths: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** Files of the kernel that change the host when written. */
export const readonlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** Namespaces of its own that a container gets besides the network's. */
export const defaultNamespaces: readonly string[] = ["cgroup", "ipc", "mount", "pid", "uts"];

/** A rule of the devices controller; without `major` or `minor` it holds for all. */
type DeviceRule = NonNullable<OciResources["devices"]>[number];

function allowDevice(major: number, minor?: number): DeviceRule {
  return { allow: true, type: "c", major, ...(minor !== undefined && { minor }), access: "rwm" };
}

/**
 * Which devices may be used: nodes may be made of any (opening them is what matters), and those be opened that every
 * program expects. Numbers: kernel, Documentation/admin-guide/devices.txt.
 */
export const deviceRules: readonly DeviceRule[] = [
  { allow: false, access: "rwm" },
  { allow: true, type: "c", access: "m" },
  { allow: true, type: "b", access: "m" },
  // null, zero, full, random, urandom
  allowDevice(1, 3),
  allowDevice(1, 5),
  allowDevice(1, 7),
  allowDevice(1, 8),
  allowDevice(1, 9),
  // tty, ptmx, and the terminals of devpts
  allowDevice(5, 0),
  allowDevice(5, 2),
  allowDevice(136),
];

/** Every device; for containers that ask for privilege. */
export const anyDevice: readonly DeviceRule[] = [{ allow: true, access: "rwm" }];

/**
 * Open files that a process has by default, and that it may raise that to: what the kernel gives its first process. Any
 * daemon may lower its own limit to that, while raising needs CAP_SYS_RESOURCE, which a daemon may lack.
 */
export const openFiles = { soft: 1024, hard: 4096 } as const;
