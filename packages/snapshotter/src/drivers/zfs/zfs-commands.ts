import { execFile } from "node:child_process";
import { run } from "@gantry/sys";
import { errnoOf } from "../../errno.ts";
import { parseProperties, type ZfsProperty } from "./properties.ts";
import { ZfsError, zfsReason } from "./zfs-error.ts";

/** Names and values of properties that a dataset is made with. */
export type ZfsProperties = Readonly<Record<string, string>>;

/**
 * What the driver asks of ZFS, each one run of the `zfs` command. Only what illumos, OpenZFS and zfs-fuse understand
 * alike is used. Names are those of {@link isDatasetName}, with `@committed` behind them for snapshots.
 *
 * Each rejects with a {@link ZfsError}. What is changed is on the disk when it resolves: the commands wait for the
 * transaction group that they are part of.
 */
export interface ZfsCommands {
  create(dataset: string, properties: ZfsProperties): Promise<void>;
  snapshot(snapshot: string): Promise<void>;
  clone(snapshot: string, dataset: string, properties: ZfsProperties): Promise<void>;
  /** Destroys one dataset or one snapshot, and nothing that depends on it. */
  destroy(name: string): Promise<void>;
  set(dataset: string, property: string, value: string): Promise<void>;
  /**
   * Reads properties of the datasets named, or of all that there are where none is named.
   *
   * @param options - `children`: reads those of their children too
   */
  get(
    datasets: readonly string[],
    properties: readonly string[],
    options?: { readonly children?: boolean },
  ): Promise<readonly ZfsProperty[]>;
  /** Mounts a dataset at its mountpoint; what is mounted already fails as `mounted`. */
  mount(dataset: string): Promise<void>;
  unmount(dataset: string): Promise<void>;
}

/** What a command printed, and the status it ended with. */
export interface ZfsOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `zfs` with the arguments. Rejects with the error of the start, or when it is killed at its deadline. */
export type RunZfs = (args: readonly string[]) => Promise<ZfsOutcome>;

/** A pool that resilvers or frees much makes a command wait; beyond this it is taken for stuck. */
const timeoutMs = 120_000;

/** A listing of thousands of datasets. */
const maxOutputBytes = 16 * 1024 * 1024;

/** `zfs` is where administrators' programs are, which a daemon's PATH need not have. The C locale fixes the messages. */
const env = { LC_ALL: "C", PATH: "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin" };

/** The `zfs` command of this machine. */
const hostZfs: RunZfs = process.platform === "linux" ? runOnLinux : runElsewhere;

/**
 * Puts the commands together from how `zfs` is run. They run one at a time, in the order of the calls: ZFS makes them
 * wait for each other all the same, and zfs-fuse stops to answer when many datasets are mounted and unmounted at once.
 */
export function zfsCommands(runZfs: RunZfs = hostZfs): ZfsCommands {
  let last: Promise<unknown> = Promise.resolve();
  const zfs = (...args: readonly string[]): Promise<string> => {
    const output = last.then(() => outputOf(runZfs, args));
    last = output.catch(() => {});
    return output;
  };
  const change = async (...args: readonly string[]): Promise<void> => {
    await zfs(...args);
  };
  return {
    create: (dataset, properties) => change("create", ...assignments(properties), dataset),
    snapshot: (snapshot) => change("snapshot", snapshot),
    clone: (snapshot, dataset, properties) => change("clone", ...assignments(properties), snapshot, dataset),
    destroy: (name) => change("destroy", name),
    set: (dataset, property, value) => change("set", `${property}=${value}`, dataset),
    get: async (datasets, properties, { children = false } = {}) => {
      const depth = children ? ["-r", "-d", "1"] : [];
      const names = properties.join(",");
      return parseProperties(await zfs("get", "-Hp", ...depth, "-o", "name,property,value", names, ...datasets));
    },
    mount: (dataset) => change("mount", dataset),
    unmount: (dataset) => change("unmount", dataset),
  };
}

function assignments(properties: ZfsProperties): readonly string[] {
  return Object.entries(properties).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

async function outputOf(runZfs: RunZfs, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runZfs(args).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ZfsError(errnoOf(error) === "ENOENT" ? "no-zfs" : "other", `zfs ${args[0]}: ${reason}`, { cause: error });
  });
  if (code !== 0) {
    const said = stderr.trim().replaceAll(/\s*\n\s*/g, "; ");
    throw new ZfsError(zfsReason(stderr), said === "" ? `zfs ${args[0]} ended with status ${code}` : said);
  }
  return stdout;
}

async function runOnLinux(args: readonly string[]): Promise<ZfsOutcome> {
  const outcome = await run({ file: "zfs", args, env, timeoutMs, maxOutputBytes });
  if (outcome.truncated) {
    throw new RangeError(`it printed more than ${maxOutputBytes} bytes`);
  }
  return outcome;
}

function runElsewhere(args: readonly string[]): Promise<ZfsOutcome> {
  return new Promise((resolve, reject) => {
    const limits = { env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes } as const;
    execFile("zfs", args, limits, (error, stdout, stderr) => {
      // A status is a number; the code of a start that failed, or of output beyond the limit, is a text.
      if (error === null || typeof error.code === "number") {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      } else {
        reject(error);
      }
    });
  });
}
