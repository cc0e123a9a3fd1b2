import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { processesOf } from "./processes.ts";

/** What is still there of a private daemon's home, by kind; every list is empty when all is gone. */
export interface Leftovers {
  /** Mount points below the home. */
  readonly mounts: readonly string[];
  /** Ids of processes that have the home in their command line. */
  readonly pids: readonly number[];
  /** Paths of cgroups that were not there before. */
  readonly cgroups: readonly string[];
}

/** Returns the paths of all cgroups of Gantry's containers, in every hierarchy. */
export async function listCgroups(): Promise<string[]> {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line));
  const roots = mounts.map((line) => line.split(" ")[4] ?? "");
  const found = await Promise.all(roots.map((root) => gantryDirectories(root)));
  return found.flat();
}

/** Looks for what is left of `home`. */
export async function findLeftovers(home: string, cgroupsBefore: readonly string[]): Promise<Leftovers> {
  const mountinfo = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const mounts = mountinfo.map((line) => line.split(" ")[4] ?? "").filter((path) => path.startsWith(`${home}/`));
  const before = new Set(cgroupsBefore);
  const cgroups = (await listCgroups()).filter((path) => !before.has(path));
  return { mounts, pids: await processesOf(home), cgroups };
}

async function gantryDirectories(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const tops = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith("gantry"));
  const below = await Promise.all(tops.map((top) => directoriesBelow(join(root, top.name))));
  return below.flat();
}

async function directoriesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => directoriesBelow(join(path, entry.name)));
  return [path, ...(await Promise.all(below)).flat()];
}
