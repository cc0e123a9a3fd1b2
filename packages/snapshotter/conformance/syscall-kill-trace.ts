import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { whyNoMounts } from "./harness.ts";

const strace = "/usr/bin/strace";

/** Of util-linux, which every Debian has. */
const unshare = "/usr/bin/unshare";

/** Why no process can be ended at its system calls here, or undefined if one can. */
export function whyNoSyscallKills(): string | undefined {
  if (!existsSync(strace) || !existsSync(unshare)) {
    return "needs strace and unshare (Debian packages strace and util-linux)";
  }
  return whyNoMounts();
}

/**
 * System calls that change what a crash leaves, in groups whose members mean the same. Those of a group are counted by
 * themselves and in each thread, so that none is hidden behind the many of another.
 */
export const syscallGroups: readonly string[] = [
  "pwrite64",
  "fsync,fdatasync",
  "syncfs",
  "mkdir,mkdirat",
  "unlink,unlinkat,rmdir",
  "ftruncate",
  "chmod,fchmod,fchmodat,chown,lchown,fchownat",
  "mount,mount_setattr,move_mount",
  "umount2",
];

/** Runs a program in a mount namespace of its own, so that its mounts end with it, and under strace. */
function traced(options: readonly string[]): readonly string[] {
  return [unshare, "--mount", "--", strace, "-f", "--seccomp-bpf", "-qq", ...options];
}

/** What to run a program by so that its calls are written to the file `log`. */
export function recording(log: string): readonly string[] {
  return traced(["-o", log, "-e", `trace=${syscallGroups.join(",")}`, "-e", "signal=none"]);
}

/** What to run a program by so that it ends by SIGKILL instead of the `count`th call of a group in one of its threads. */
export function killing(group: string, count: number): readonly string[] {
  const inject = `inject=${group}:signal=SIGKILL:when=${count}`;
  return traced(["-o", "/dev/null", "-e", `trace=${group}`, "-e", inject]);
}

/** What to run a program by so that the `count`th call of a group in one of its threads fails with EIO, and does nothing. */
export function failing(group: string, count: number): readonly string[] {
  const inject = `inject=${group}:error=EIO:when=${count}`;
  return traced(["-o", "/dev/null", "-e", `trace=${group}`, "-e", inject]);
}

/** How many calls of a group the busiest thread has made, by what {@link recording} wrote. */
export async function countCalls(log: string, group: string): Promise<number> {
  const names = new Set(group.split(","));
  const perThread = new Map<string, number>();
  for (const line of (await readFile(log, "utf8")).split("\n")) {
    // "PID name(arguments", and again "PID <... name resumed>" for a call that others ran beside.
    const [, thread = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (names.has(name)) {
      perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
    }
  }
  return Math.max(0, ...perThread.values());
}
