import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from "node:fs";

/**
 * One step of a walk: `enter` and `leave` a directory, or come past anything else. Paths are bytes, since names on
 * Linux need not be UTF-8.
 */
export interface Visit {
  readonly step: "enter" | "leave" | "pass";
  readonly path: Buffer;
  /** Where the same thing is, or shall be, in the second tree; the same as `path` if there is none. */
  readonly twin: Buffer;
  readonly stats: BigIntStats;
}

/**
 * Longer than any name and far below PATH_MAX (4,096 bytes), which trees may exceed: a process can always go one
 * directory deeper. From here on paths start anew at an open directory.
 */
const longPath = 2048;

const slash = Buffer.from("/");

interface Place {
  readonly path: Buffer;
  readonly twin: Buffer;
}

type Task = { readonly come: Place } | { readonly leave: Visit } | { readonly close: readonly number[] };

/**
 * Walks the tree at `root`, itself included, depth first; what is in a directory comes between its `enter` and `leave`.
 *
 * A directory of another file system (something is mounted there) is passed, not entered. What vanishes meanwhile is
 * left out. There is no recursion, so that no depth is too much.
 *
 * @param twin - root of a second tree, which must have a directory when the walk goes on behind its `enter`
 */
export function* walkTree(root: Buffer, twin: Buffer = root): Generator<Visit, void, undefined> {
  const device = lstatSync(root, { bigint: true }).dev;
  const tasks: Task[] = [{ come: { path: root, twin } }];
  const open = new Set<number>();
  try {
    for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
      if ("close" in task) {
        closeAll(task.close, open);
        continue;
      }
      const visit = "leave" in task ? task.leave : visitOf(task.come, device);
      if (visit === undefined) {
        continue;
      }
      yield visit;
      if (visit.step === "enter") {
        tasks.push({ leave: { ...visit, step: "leave" } });
        pushTasksWithin(visit, tasks, open);
      }
    }
  } finally {
    closeAll(open, open);
  }
}

function visitOf(place: Place, device: bigint): Visit | undefined {
  const stats = lstatSync(place.path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) {
    return undefined;
  }
  return { ...place, stats, step: stats.isDirectory() && stats.dev === device ? "enter" : "pass" };
}

function pushTasksWithin(directory: Place, tasks: Task[], open: Set<number>): void {
  try {
    const place = shortened(directory, open);
    if (place.opened.length > 0) {
      tasks.push({ close: place.opened });
    }
    for (const name of readdirSync(place.path, { encoding: "buffer" })) {
      const path = Buffer.concat([place.path, slash, name]);
      const twin = directory.twin === directory.path ? path : Buffer.concat([place.twin, slash, name]);
      tasks.push({ come: { path, twin } });
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw error;
    }
  }
}

/** The same directories under short paths; what was opened for that is to be closed when all below them is done. */
function shortened(place: Place, open: Set<number>): Place & { readonly opened: readonly number[] } {
  if (place.path.length < longPath && place.twin.length < longPath) {
    return { ...place, opened: [] };
  }
  const path = openDirectory(place.path, open);
  if (place.twin === place.path) {
    return { path: pathOf(path), twin: pathOf(path), opened: [path] };
  }
  const twin = openDirectory(place.twin, open);
  return { path: pathOf(path), twin: pathOf(twin), opened: [path, twin] };
}

function openDirectory(path: Buffer, open: Set<number>): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  open.add(fd);
  return fd;
}

/** Leads to the directory itself, whatever its path is (proc_pid_fd(5)). */
function pathOf(fd: number): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}`);
}

function closeAll(fds: Iterable<number>, open: Set<number>): void {
  for (const fd of fds) {
    open.delete(fd);
    closeSync(fd);
  }
}
