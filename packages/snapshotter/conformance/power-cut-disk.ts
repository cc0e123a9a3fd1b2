import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";
import { mountAll, unmountAll } from "@gantry/sys";
import { whyNoMounts } from "./harness.ts";

const run = promisify(execFile);

/** The file is sparse; most of what is really written is the journal of ext4. */
const diskBytes = 64 * 1024 * 1024;

const maker = ["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].find((path) => existsSync(path));

/** Of Debian's perl-base, which every Debian has: a program that can make an ioctl. */
const perl = "/usr/bin/perl";

/** Why no disk can be cut off here, or undefined if one can. */
export function whyNoPowerCuts(): string | undefined {
  if (maker === undefined || !existsSync(perl)) {
    return "needs mkfs.ext4 and perl (Debian packages e2fsprogs and perl-base)";
  }
  return whyNoMounts() ?? (existsSync("/dev/loop-control") ? undefined : "needs loop devices");
}

/** An ext4 in a file, which loses what has not been synced when it is told to. */
export interface Disk {
  /** Where it is mounted. */
  readonly mountPoint: string;
  /** The program, and its arguments, that stops the disk: from then on nothing reaches it, and every write fails. */
  readonly cut: readonly string[];
  /** Mounts again what a cut has left, as a machine does that starts again. */
  restart(): Promise<void>;
  /** Unmounts and removes it. */
  close(): Promise<void>;
}

/**
 * FS_IOC_GOINGDOWN (0x8004587d; linux/fs.h calls it EXT4_IOC_SHUTDOWN, fs/ext4/ioctl.c) with
 * EXT4_GOING_FLAGS_NOLOGFLUSH: stops without writing the journal, so that the file is as the last sync has left it.
 */
const goingDown =
  'my $flag = pack("L", 2); open(my $disk, "<", $ARGV[0]) or die $!; ioctl($disk, 0x8004587d, $flag) or die $!';

/**
 * Gives what makes fresh disks; those that are not closed by the end of the tests of the suite that calls this are
 * closed then.
 */
export function powerCutDisks(): () => Promise<Disk> {
  let directory = "";
  let made = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-power-"));
    // What a cut loses is a matter of the file system in the file; that the file is in memory makes syncs cheap.
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: ["size=512m"] }], directory);
  });
  after(async () => {
    await unmountAll(directory);
    await rm(directory, { recursive: true });
  });
  return async () => {
    made += 1;
    return makeDisk(join(directory, `${made}`));
  };
}

async function makeDisk(directory: string): Promise<Disk> {
  const image = join(directory, "image");
  const mountPoint = join(directory, "mounted");
  await mkdir(mountPoint, { recursive: true });
  const file = await open(image, "w");
  await file.truncate(diskBytes);
  await file.close();
  await run(maker ?? "mkfs.ext4", ["-q", "-E", "lazy_itable_init=1,lazy_journal_init=1", image]);
  await mountImage(image, mountPoint);
  return {
    mountPoint,
    cut: [perl, "-e", goingDown, mountPoint],
    async restart() {
      await unmountAll(mountPoint);
      // A copy, since the stopped file system lives on while another mount namespace still has it, and would be mounted.
      const found = join(directory, "image after the cut");
      await run("cp", ["--sparse=always", image, found]);
      await mountImage(found, mountPoint);
    },
    async close() {
      await unmountAll(mountPoint);
      await rm(directory, { recursive: true });
    },
  };
}

/** The loop device is freed by the kernel with its last mount. Nothing is written in the background that no sync asks for. */
async function mountImage(image: string, mountPoint: string): Promise<void> {
  await run("mount", ["-t", "ext4", "-o", "loop,commit=1000,noinit_itable", image, mountPoint]);
}
