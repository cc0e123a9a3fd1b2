import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./private-containerd.ts";

/** Debian's podman on directories of its own, with runc: it has no daemon, so each call is a whole program. */
export interface PrivatePodman extends AsyncDisposable {
  /** Runs `podman` and returns what it printed. */
  podman(...args: readonly string[]): Promise<string>;
  /** Flags of `podman run` for the container that the others make: no network, and limits that any host allows. */
  readonly runFlags: readonly string[];
}

/**
 * Keeps podman below `home`. Its runtime is Debian's runc, since its own choice would be crun; no systemd is asked for
 * cgroups, and no journal written.
 */
export function privatePodman(home: string): PrivatePodman {
  const flags = [
    ...["--root", join(home, "root"), "--runroot", join(home, "run"), "--tmpdir", join(home, "tmp")],
    ...["--storage-driver", "overlay", "--runtime", "/usr/sbin/runc"],
    ...["--cgroup-manager", "cgroupfs", "--events-backend", "none"],
  ];
  return {
    podman: (...args) => runProgram("/usr/bin/podman", [...flags, ...args]),
    // podman raises both to a million unless told, which needs CAP_SYS_RESOURCE.
    runFlags: ["--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
    [Symbol.asyncDispose]: () => unmount(join(home, "root/overlay")),
  };
}

/** podman mounts the directory of its layers on itself, to keep the mounts below it private, and leaves it so. */
async function unmount(path: string): Promise<void> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  if (mounts.includes(` ${path} `)) await runProgram("/bin/umount", [path]);
}
