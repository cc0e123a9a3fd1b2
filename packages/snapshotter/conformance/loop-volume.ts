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

/** A file system that tests can make in a file. */
export interface LoopFileSystem {
  /** Type as mount(8) knows it. */
  readonly type: string;
  /** The Debian package whose program `mkfs.TYPE` makes it. */
  readonly package: string;
  /** Size of the file, which is sparse. */
  readonly sizeBytes: number;
  /** Arguments of the program that makes it, before the file; one should keep it from printing. */
  readonly flags: readonly string[];
}

const directories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"];

function makerOf({ type }: LoopFileSystem): string | undefined {
  return directories.map((directory) => join(directory, `mkfs.${type}`)).find((path) => existsSync(path));
}

/** Why there can be none of `kind` here, or undefined if there can. */
export function whyNoLoop(kind: LoopFileSystem): string | undefined {
  if (makerOf(kind) === undefined) {
    return `needs mkfs.${kind.type} (Debian package ${kind.package})`;
  }
  return whyNoMounts() ?? (existsSync("/dev/loop-control") ? undefined : "needs loop devices");
}

/** A file system of its own for the tests of a file. */
export interface LoopVolume {
  /** A fresh directory on it. */
  makePlace(): Promise<Place>;
}

/**
 * Gives a file system in a file that is made and mounted when it is first used, and goes after the tests of the file
 * that calls this, with all that is on it.
 *
 * @param prepare - is given the place where it is mounted, before anybody uses it
 */
export function loopVolume(
  kind: LoopFileSystem,
  prepare: (mountPoint: string) => Promise<void> = async () => {},
): LoopVolume {
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
      mounted ??= mountFresh(kind);
      const { mountPoint } = await mounted;
      prepared ??= prepare(mountPoint);
      await prepared;
      places += 1;
      const directory = join(mountPoint, `place ${places}`);
      await mkdir(directory);
      // Subvolumes are no work for rm; everything goes with the volume.
      return { directory, close: async () => {} };
    },
  };
}

interface Mounted {
  /** Holds the image and the mount point. */
  readonly directory: string;
  readonly mountPoint: string;
}

async function mountFresh(kind: LoopFileSystem): Promise<Mounted> {
  const directory = await mkdtemp(join(tmpdir(), `gantry-${kind.type}-`));
  const image = join(directory, "image");
  const mountPoint = join(directory, "mounted");
  try {
    await mkdir(mountPoint);
    const file = await open(image, "w");
    await file.truncate(kind.sizeBytes);
    await file.close();
    await run(makerOf(kind) ?? `mkfs.${kind.type}`, [...kind.flags, image]);
    await run("mount", ["-t", kind.type, "-o", "loop", image, mountPoint]);
    return { directory, mountPoint };
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
}
