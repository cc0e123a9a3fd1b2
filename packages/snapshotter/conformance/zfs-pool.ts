import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { mkdir, mkdtemp, open, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { mountAll, unmountAll } from "@gantry/sys";
import type { SnapshotDriver } from "../src/driver.ts";
import { whileBusy } from "../src/drivers/zfs/retry.ts";
import { openZfsDriver } from "../src/drivers/zfs/zfs.ts";
import { ZfsError, zfsReason } from "../src/drivers/zfs/zfs-error.ts";
import { type Place, whyNoMounts } from "./harness.ts";

const daemonPath = "/usr/sbin/zfs-fuse";
const unsharePath = "/usr/bin/unshare";

/** Where the daemon's socket is, at a path compiled into it and into the commands. */
const socketDirectory = "/run/zfs";

/**
 * All that daemons share: the socket, the lock that lets no second one run, and what that lock protects, the list of
 * pools to take over at the start. With fresh ones a daemon meets neither the pools nor the daemon of the machine.
 */
const daemonDirectories = [socketDirectory, "/var/lock/zfs", "/var/lib/zfs"] as const;

/** Set in the mount namespace that {@link enterNamespace} makes. */
const marker = "GANTRY_ZFS_NAMESPACE";

const env = { LC_ALL: "C", PATH: "/usr/sbin:/sbin:/usr/bin:/bin" };
const poolBytes = 512 * 1024 * 1024;

/** Why there can be no ZFS here, or undefined if there can. */
export function whyNoZfs(): string | undefined {
  if (!existsSync(daemonPath)) {
    return "needs zfs-fuse (Debian package zfs-fuse)";
  }
  if (!existsSync(unsharePath)) {
    return "needs unshare (Debian package util-linux)";
  }
  return whyNoMounts() ?? (existsSync("/dev/fuse") ? undefined : "needs /dev/fuse");
}

/**
 * Begins this test file anew in a mount namespace of its own, unless it is in one: the daemon's files and all mounts
 * of its datasets are private there, and end with the file. To be called before anything is registered.
 */
export function enterNamespace(): void {
  if (whyNoZfs() !== undefined || process.env[marker] !== undefined) {
    return;
  }
  for (const directory of daemonDirectories) {
    mkdirSync(directory, { recursive: true });
  }
  const node = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const options = ["--mount", "--propagation", "private", "--"];
  process.execve?.(unsharePath, [unsharePath, ...options, ...node], { ...process.env, [marker]: "1" });
}

/** A pool of its own for the tests of a file, of a daemon of its own. */
export interface ZfsPool {
  /** A fresh directory, and a fresh base dataset for the drivers opened in it. */
  makePlace(): Promise<Place>;
  /** Opens the driver on the base dataset of the place made last. */
  openDriver(root: string): Promise<SnapshotDriver>;
  /** The base dataset of the place made last. */
  base(): string;
}

/** Gives a pool in a file that is made when it is first used, and goes after the tests of the file that calls this. */
export function zfsPool(): ZfsPool {
  let started: Promise<Started> | undefined;
  let places = 0;
  const base = () => `gantry/place${places}`;
  after(async () => {
    if (started !== undefined) {
      await stop(await started);
    }
  });
  return {
    base,
    async makePlace() {
      started ??= start();
      const { directory } = await started;
      places += 1;
      await zfs("zfs", "create", "-o", "mountpoint=none", base());
      const place = join(directory, `place ${places}`);
      await mkdir(place);
      // Datasets go with the pool.
      return { directory: place, close: () => rm(place, { recursive: true, force: true }) };
    },
    openDriver: (root) => openZfsDriver(root, { dataset: base() }),
  };
}

interface Started {
  /** Holds the pool's file and all places. */
  readonly directory: string;
  readonly daemon: ChildProcess;
}

async function start(): Promise<Started> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "gantry-zfs-")));
  for (const place of daemonDirectories) {
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], place);
  }
  const options = ["--no-daemon", "--no-kstat-mount", "-x", "--pidfile", join(socketDirectory, "pid")];
  // So that it does not outlive a test run that is killed.
  const command = ["--pdeathsig", "KILL", "--", daemonPath, ...options];
  const daemon = spawn("/usr/bin/setpriv", command, { env, stdio: "ignore" });
  try {
    await listening(daemon);
    const image = join(directory, "image");
    const file = await open(image, "w");
    await file.truncate(poolBytes);
    await file.close();
    await zfs("zpool", "create", "-f", "-m", "none", "-o", "cachefile=none", "gantry", image);
    return { directory, daemon };
  } catch (error) {
    await end(daemon);
    await rm(directory, { recursive: true });
    throw error;
  }
}

/** The daemon says nothing when it is ready; its socket is all there is to look at. */
async function listening(daemon: ChildProcess): Promise<void> {
  for (let left = 200; !existsSync(join(socketDirectory, "zfs_socket")); left -= 1) {
    if (left === 0 || daemon.exitCode !== null || daemon.signalCode !== null) {
      throw new Error("zfs-fuse does not listen");
    }
    await delay(10);
  }
}

async function stop({ directory, daemon }: Started): Promise<void> {
  try {
    await unmountAll(directory);
    await whileBusy(() => zfs("zpool", "destroy", "-f", "gantry"));
  } finally {
    await end(daemon);
    for (const place of daemonDirectories) {
      await unmountAll(place);
    }
    await rm(directory, { recursive: true });
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode === null && daemon.signalCode === null) {
    const exited = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await exited;
  }
}

/** Runs `zfs` or `zpool`. */
export async function zfs(command: "zfs" | "zpool", ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(command, args, { env }).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    throw new ZfsError(zfsReason(text), text, { cause: error });
  });
}
