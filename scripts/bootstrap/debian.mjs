/**
 * The Debian packages that real containers need. Present or not is read from a file each package brings, so nothing is
 * started; what is missing is installed by apt-get, after one line that says what and why.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Each package with what it is for and the program it brings, sought in `programDirs`. */
const known = {
  runc: { why: "starts containers", command: "runc" },
  conmon: { why: "keeps a container's output and exit status while the daemon is away", command: "conmon" },
  // The package busybox brings the same program, linked to libraries that an image made of it alone would lack.
  "busybox-static": {
    why: "is what the test image is made of",
    command: "busybox",
    debianFile: "/var/lib/dpkg/info/busybox-static.list",
  },
  containerd: { why: "is the peer in the benchmarks", command: "ctr", service: "containerd.service" },
};
const programDirs = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

export const debianPackages = {
  what: "Debian packages",
  isReady: (task) => missing(task).length === 0,
  install,
};

function missing(task) {
  return (task.debian ?? []).filter((name) => !isPresent(known[name]));
}

function isPresent({ command, debianFile }) {
  if (debianFile !== undefined && onDebian()) return existsSync(debianFile);
  return programDirs.some((directory) => existsSync(`${directory}/${command}`));
}

function install(task) {
  const names = missing(task);
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    explain(names, task, obstacle);
    return !task.needsDebian;
  }
  const reasons = names.map((name) => `${name} (${known[name].why})`);
  console.error(`installing Debian packages: ${reasons.join(", ")}`);
  const ok = aptGet("update") && aptGet("install", "--yes", "--no-install-recommends", ...names);
  if (!ok) {
    explain(names, task, "apt-get failed, see above");
    return !task.needsDebian;
  }
  stopServices(names);
  return true;
}

function onDebian() {
  return existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

function whyNotInstallable() {
  if (!onDebian()) return "this is not a Debian system";
  if (process.getuid?.() !== 0) return "installing them needs root";
  return undefined;
}

function explain(names, task, obstacle) {
  const limit = task.needsDebian ? "this task cannot run without them" : "what needs them is skipped or refused";
  console.error(`missing: ${names.join(", ")}; ${obstacle}; ${limit}`);
}

function aptGet(...args) {
  const { status } = spawnSync("apt-get", ["-qq", "-o=Dpkg::Use-Pty=0", ...args], {
    // apt writes what it unpacks to standard output; a task's own output must stay alone there.
    stdio: ["ignore", process.stderr.fd, process.stderr.fd],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}

/** Debian starts a service as it installs it; ours only wants the programs. Without systemd nothing was started. */
function stopServices(names) {
  if (!existsSync("/run/systemd/system")) return;
  for (const { service } of names.map((name) => known[name])) {
    if (service !== undefined) spawnSync("systemctl", ["disable", "--now", "--quiet", service], { stdio: "inherit" });
  }
}
