/**
 * The Debian packages that real containers need. Present or not is read from a file each package brings, so nothing is
 * started; what is missing is installed by apt-get, after one line that says what and why.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Each package with what it is for and the program it brings, sought in `programDirs`, or a file that only it brings.
 * `everyTask` is what nothing here runs without.
 */
const known = {
  // A Debian of only the essential packages lacks it, and the Node of npm's package `node` is linked to it.
  libatomic1: { why: "is a library of Node", debianFile: `/usr/lib/${multiarch()}/libatomic.so.1`, everyTask: true },
  runc: { why: "starts containers", command: "runc" },
  conmon: { why: "keeps a container's output and exit status while the daemon is away", command: "conmon" },
  // The package busybox brings the same program, linked to libraries that an image made of it alone would lack.
  "busybox-static": {
    why: "is what the test image is made of",
    command: "busybox",
    debianFile: "/var/lib/dpkg/info/busybox-static.list",
  },
  curl: { why: "calls the daemon in the documents' examples, which the tests run", command: "curl" },
  crun: { why: "starts the containers of the tests that runc does not", command: "crun" },
  openssl: { why: "makes the certificates that TLS is tested with", command: "openssl" },
  "chromium-headless-shell": {
    why: "shows the pages that try to reach the daemon, and those that may",
    command: "chromium-headless-shell",
  },
  "btrfs-progs": { why: "makes the file system that the btrfs snapshotter is tested on", command: "mkfs.btrfs" },
  "zfs-fuse": {
    why: "makes the pool that the zfs snapshotter is tested on",
    command: "zfs-fuse",
    service: "zfs-fuse.service",
  },
  strace: { why: "ends processes at single system calls, to see what a crash there leaves", command: "strace" },
  containerd: { why: "is the peer in the benchmarks", command: "ctr", service: "containerd.service" },
  podman: { why: "is the other peer in the benchmarks", command: "podman", service: "podman.socket" },
};
const programDirs = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

export const debianPackages = {
  what: "Debian packages",
  isReady: (task) => missingPackages(task).length === 0,
  install,
};

/** The packages that a task wants and the machine lacks; `exists` and `onDebian` are how the machine looks. */
export function missingPackages(task, { exists = existsSync, onDebian = isDebian() } = {}) {
  const always = Object.keys(known).filter((name) => known[name].everyTask);
  return [...always, ...(task.debian ?? [])].filter((name) => {
    const { command, debianFile } = known[name];
    if (debianFile !== undefined && onDebian) return !exists(debianFile);
    // What has no program to look for is Debian's own way to cut the system into packages.
    return command !== undefined && !programDirs.some((directory) => exists(`${directory}/${command}`));
  });
}

function install(task) {
  const names = missingPackages(task);
  const obstacle = whyNotInstallable() ?? installAll(names);
  if (obstacle === undefined) return true;
  const { text, canRun } = explainMissing(names, task, obstacle);
  console.error(text);
  return canRun;
}

/** Returns what went wrong, or undefined. */
function installAll(names) {
  const reasons = names.map((name) => `${name} (${known[name].why})`);
  console.error(`installing Debian packages: ${reasons.join(", ")}`);
  const ok = aptGet("update") && aptGet("install", "--yes", "--no-install-recommends", ...names);
  if (!ok) return "apt-get failed, see above";
  stopServices(names);
  return undefined;
}

function isDebian() {
  return existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

function whyNotInstallable() {
  if (!isDebian()) return "this is not a Debian system";
  if (process.getuid?.() !== 0) return "installing them needs root";
  return undefined;
}

/** What is missing and what follows, as `{ text, canRun }`: `canRun` is whether the task may go on all the same. */
export function explainMissing(names, task, obstacle) {
  const canRun = !task.needsDebian && !names.some((name) => known[name].everyTask);
  const limit = canRun ? "what needs them is skipped or refused" : "this task cannot run without them";
  return { text: `missing: ${names.join(", ")}; ${obstacle}; ${limit}`, canRun };
}

/** apt and dpkg tell a line for every step; only those of a failure are worth reading. */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const result = spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", env });
  if (result.status === 0) return true;
  console.error(result.error?.message ?? result.stdout + result.stderr);
  return false;
}

/** The name of the directory that Debian keeps a machine's libraries in. */
function multiarch() {
  const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch] ?? process.arch;
  return `${machine}-linux-gnu`;
}

/** Debian starts a service as it installs it; ours only wants the programs. Without systemd nothing was started. */
function stopServices(names) {
  if (!existsSync("/run/systemd/system")) return;
  for (const { service } of names.map((name) => known[name])) {
    if (service !== undefined) spawnSync("systemctl", ["disable", "--now", "--quiet", service], { stdio: "inherit" });
  }
}
