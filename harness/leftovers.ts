import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { processesOf } from "./processes.ts";

/** What is still there of a private daemon's home, by kind; every list is empty when all is gone. */
export interface Leftovers {
  /** Mount points below the home. */
  readonly mounts: readonly string[];
  /** Ids of processes that have the home in their command line. */
  readonly pids: readonly number[];
  /** Paths of cgroups that the daemon's containers had. */
  readonly cgroups: readonly string[];
}

/**
 * Returns what the names of the cgroups of one daemon's containers begin with, read off a container that runs: other
 * daemons may come and go on the host meanwhile.
 */
export async function cgroupPrefixOf(pid: number): Promise<string> {
  const [prefix] = /gantry-[0-9a-f]+-/.exec(await readFile(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  if (prefix === undefined) {
    throw new Error(`process ${pid} is in no cgroup of a container of Gantry`);
  }
  return prefix;
}

/** Looks for what is left of `home`. `cgroupPrefix` is `null` where no container had a cgroup. */
export async function findLeftovers(home: string, cgroupPrefix: string | null): Promise<Leftovers> {
  const mounts = (await mountPoints(() => true)).filter((path) => path.startsWith(`${home}/`));
  if (cgroupPrefix === null) return { mounts, pids: await processesOf(home), cgroups: [] };
  const hierarchies = await mountPoints((line) => / - cgroup2? /.test(line));
  const cgroups = await Promise.all(hierarchies.map((path) => directoriesBelow(path, cgroupPrefix)));
  return { mounts, pids: await processesOf(home), cgroups: cgroups.flat() };
}

/** Returns where file systems are mounted, of the lines of proc(5)'s mountinfo that are wanted. */
async function mountPoints(isWanted: (line: string) => boolean): Promise<string[]> {
  // Only Linux has it; elsewhere nothing is mounted either.
  const table = process.platform === "linux" ? await readFile("/proc/self/mountinfo", "utf8") : "";
  const lines = table.split("\n").filter(isWanted);
  return lines.map((line) => line.split(" ")[4] ?? "").filter((path) => path !== "");
}

async function directoriesBelow(path: string, prefix: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => join(path, name));
}
