import { closeSync, constants, existsSync, mkdirSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before } from "node:test";
import { run } from "../run.ts";
import { needsRoot, testDirectory } from "./directory.ts";

const maker = ["/usr/sbin/mkfs.btrfs", "/sbin/mkfs.btrfs", "/usr/bin/mkfs.btrfs"].find((path) => existsSync(path));

/** Why there can be no btrfs here, or `false` where there can: the value for a test's option `skip`. */
export const whyNoBtrfs: string | false =
  needsRoot ||
  (maker === undefined && "needs mkfs.btrfs (Debian package btrfs-progs)") ||
  (!existsSync("/dev/loop-control") && "needs loop devices");

/** Has a fresh btrfs in a file mounted before the tests of the suite that calls this, and returns where. */
export function btrfsVolume(): string {
  const directory = testDirectory();
  const mounted = join(directory, "mounted");
  before(async () => {
    const image = join(directory, "image");
    mkdirSync(mounted);
    writeFileSync(image, "");
    // The least that mkfs.btrfs takes is 109 MiB; the file is sparse.
    truncateSync(image, 192 * 1024 * 1024);
    await perform(maker ?? "mkfs.btrfs", "--quiet", image);
    // The loop device is freed by the kernel with its last mount.
    await perform("/bin/mount", "-t", "btrfs", "-o", "loop", image, mounted);
  });
  return mounted;
}

/** Runs a program, and throws what it wrote if it fails. */
export async function perform(file: string, ...args: readonly string[]): Promise<void> {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const { code, stderr } = await run({ file, args, env });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
}

/** Opens a directory for the time of `work`. */
export async function inDirectory<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}
