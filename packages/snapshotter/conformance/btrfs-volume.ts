import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { unmountAll } from "@gantry/sys";
import { type Place, whyNoMounts } from "./harness.ts";

const run = promisify(execFile);

/** Above the least that mkfs.btrfs takes (109 MiB), with room for what the cases write; the file is sparse. */
const volumeBytes = 256 * 1024 * 1024;

const makers = ["/usr/sbin/mkfs.btrfs", "/sbin/mkfs.btrfs", "/usr/bin/mkfs.btrfs"];

/** Why there can be no btrfs here, or undefined if there can. */
export function whyNoBtrfs(): string | undefined {
  if (!makers.some((path) => existsSync(path))) {
    return "needs mkfs.btrfs (Debian package btrfs-progs)";
  }
  return whyNoMounts() ?? (existsSync("/dev/loop-control") ? undefined : "needs loop devices");
}

/** A btrfs of its own for the tests of a file. */
export interface BtrfsVolume {
  /** A fresh directory on it. */
  makePlace(): Promise<Place>;
}

/**
 * Gives a btrfs in a file that is made and mounted when it is first used, and goes after the tests of the file that
 * calls this, with all that is on it.
 *
 * @param prepare - is given the place where it is mounted, before anybody uses it
 */
export function btrfsVolume(prepare: (mountPoint: string) => Promise<void> = async () => {}): BtrfsVolume {
  let mounted: Promise<Mounted> | undefined;
  let prepared: Promise<void> | undefined;
  let places = 0;
  after(async () => {
    if (mounted !== undefined) {
      const { directory, mountPoint } = await mounted;
      // The loop device is freed by the kernel with its last mount.
      await unmountAll(mountPoint);
      await rm(directory, { recursive: true });
    }
  });
  return {
    async makePlace() {
      mounted ??= mountFresh();
      const { mountPoint } = await mounted;
      prepared ??= prepare(mountPoint);
      await prepared;
      places += 1;
      const directory = join(mountPoint, `place ${places}`);
      await mkdir(directory);
      // Subvolumes are no work for rm; they go with the volume.
      return { directory, close: async () => {} };
    },
  };
}

interface Mounted {
  /** Holds the image and the mount point. */
  readonly directory: string;
  readonly mountPoint: string;
}

async function mountFresh(): Promise<Mounted> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-btrfs-"));
  const image = join(directory, "image");
  const mountPoint = join(directory, "mounted");
  try {
    await mkdir(mountPoint);
    const file = await open(image, "w");
    await file.truncate(volumeBytes);
    await file.close();
    const maker = makers.find((path) => existsSync(path)) ?? "mkfs.btrfs";
    await run(maker, ["--quiet", image]);
    await run("mount", ["-t", "btrfs", "-o", "loop", image, mountPoint]);
    return { directory, mountPoint };
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
}
