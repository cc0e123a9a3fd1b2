import { openSync, writeFileSync } from "node:fs";
import { spawn } from "./spawn.ts";
import { SystemError } from "./system-error.ts";

/** A run of ids: what is stored as the owner `stored` + n is shown as `shown` + n, for n from 0 to `size` - 1. */
export interface IdRange {
  readonly stored: number;
  readonly shown: number;
  readonly size: number;
}

/** How the owners of files are shown. An id in none of the ranges is shown as nobody's, and cannot be written. */
export interface IdMap {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** Room for PATH of where util-linux puts its programs. */
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * Makes a user namespace with the ids of `map`, which nothing runs in, and returns a descriptor of it, close-on-exec.
 *
 * The kernel makes a user namespace only for a process (unshare(2) refuses one with several threads, as Node is). So
 * `unshare` of util-linux is run for a moment: it copies its input to its output, which says that the namespace is
 * there, and it ends with its input, so that none is left should this process be killed.
 *
 * Rejects with a `SystemError`: EINVAL for ranges that overlap or are none, EPERM without root's rights, ENOENT without
 * `unshare`, EIO where it could not make one.
 */
export async function openUserNamespace(map: IdMap): Promise<number> {
  const child = await spawn({ file: "unshare", args: ["--user", "cat"], env, stdin: "pipe", stdout: "pipe" });
  const { pid, stdin, stdout } = child;
  try {
    const isReady = new Promise<boolean>((resolve) =>
      stdout?.once("data", () => resolve(true)).once("close", () => resolve(false)),
    );
    stdin?.on("error", () => undefined).write("\n");
    if (!(await isReady)) throw noNamespace("EIO", "unshare made no user namespace");
    writeMap(`/proc/${pid}/uid_map`, map.uids);
    writeMap(`/proc/${pid}/gid_map`, map.gids);
    return openSync(`/proc/${pid}/ns/user`, "r");
  } finally {
    child.kill("SIGKILL");
    stdin?.destroy();
    stdout?.destroy();
    await child.exit;
  }
}

function writeMap(path: string, ranges: readonly IdRange[]): void {
  const lines = ranges.map(({ stored, shown, size }) => `${stored} ${shown} ${size}\n`);
  try {
    writeFileSync(path, lines.join(""));
  } catch (error) {
    const errno = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EIO";
    throw noNamespace(errno, `the kernel does not take the ids ${lines.join(", ").replaceAll("\n", "")}`);
  }
}

function noNamespace(errno: string, reason: string): SystemError {
  return new SystemError(errno, "unshare", { attempt: "make a user namespace", reason });
}
