import { readdir, readFile } from "node:fs/promises";

/** Returns the ids of processes that have `home` in their command line, this one not among them. */
export async function processesOf(home: string): Promise<number[]> {
  const pids: number[] = [];
  for (const pid of await allPids()) {
    if (pid !== process.pid && (await commandLine(pid)).includes(home)) pids.push(pid);
  }
  return pids;
}

/** Of those, the ids of the processes whose program has this name. */
export async function processesNamed(name: string, home: string): Promise<number[]> {
  const pids: number[] = [];
  for (const pid of await processesOf(home)) {
    const [program = ""] = (await commandLine(pid)).split("\0");
    if (program === name || program.endsWith(`/${name}`)) pids.push(pid);
  }
  return pids;
}

async function allPids(): Promise<number[]> {
  return (await readdir("/proc")).map(Number).filter((pid) => Number.isInteger(pid));
}

async function commandLine(pid: number): Promise<string> {
  // A process may end between the listing and the look.
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}
