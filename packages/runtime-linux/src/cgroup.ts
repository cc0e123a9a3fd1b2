import { join } from "node:path";
import type { Host } from "./host.ts";

/** How cgroups are laid out on this host (cgroups(7)). */
export interface CgroupLayout {
  /** `hybrid`: version 1 controllers, and a version 2 tree beside them. */
  readonly mode: "v1" | "hybrid" | "v2" | "none";
  /** Mount points: of the one tree under `""` with version 2, of each controller under its name with version 1. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Mount points of all trees; a container has a directory in each. */
  readonly trees: readonly string[];
  /** Controllers that belong to the version 2 tree. */
  readonly unifiedControllers: readonly string[];
}

/** Reads the layout from the mount table, so that it is right in a private mount namespace too. */
export async function readCgroupLayout(host: Host): Promise<CgroupLayout> {
  const mounts = new Map<string, string>();
  let unified: string | null = null;
  for (const line of ((await host.readText("/proc/self/mounts")) ?? "").split("\n")) {
    const [, mountPoint, type, options] = line.split(" ");
    if (mountPoint === undefined || options === undefined) continue;
    if (type === "cgroup2") unified = mountPoint;
    if (type === "cgroup") {
      for (const name of controllersIn(options)) mounts.set(name, mountPoint);
    }
  }
  const controllers = unified === null ? "" : ((await host.readText(join(unified, "cgroup.controllers"))) ?? "");
  const unifiedControllers = controllers.split(/\s+/).filter((name) => name !== "");
  if (unified !== null && mounts.size === 0) {
    return { mode: "v2", mounts: new Map([["", unified]]), trees: [unified], unifiedControllers };
  }
  const trees = [...new Set([...mounts.values(), ...(unified === null ? [] : [unified])])];
  return { mode: modeOf(mounts.size, unified), mounts, trees, unifiedControllers };
}

function modeOf(controllers: number, unified: string | null): CgroupLayout["mode"] {
  if (controllers === 0) return "none";
  return unified === null ? "v1" : "hybrid";
}

/** Options of a version 1 mount that name controllers, or the named tree `systemd`. */
function controllersIn(options: string): readonly string[] {
  const known = new Set([
    "cpu",
    "cpuacct",
    "cpuset",
    "memory",
    "devices",
    "freezer",
    "blkio",
    "pids",
    "hugetlb",
    "net_cls",
    "net_prio",
    "perf_event",
    "rdma",
    "misc",
  ]);
  return options
    .split(",")
    .flatMap((option) => (known.has(option) ? [option] : option.startsWith("name=") ? [option.slice(5)] : []));
}

/** The cgroup of one container: one directory with version 2, one for each controller with version 1. */
export class Cgroup {
  readonly #host: Host;
  readonly #layout: CgroupLayout;
  readonly #path: string;

  /** @param path - below the root of each tree, as `linux.cgroupsPath` says */
  constructor(host: Host, layout: CgroupLayout, path: string) {
    this.#host = host;
    this.#layout = layout;
    this.#path = path;
  }

  get isUnified(): boolean {
    return this.#layout.mode === "v2";
  }

  /** Returns the text of a control file; `null` if the controller, the cgroup or the file is not there. */
  async read(controller: string, file: string): Promise<string | null> {
    const directory = this.#directory(controller);
    return directory === null ? null : this.#host.readText(join(directory, file));
  }

  /** Returns the names of the control files of a controller; none if it is not there. */
  async files(controller: string): Promise<readonly string[]> {
    const directory = this.#directory(controller);
    return directory === null ? [] : this.#host.list(directory);
  }

  /** Returns the ids of the processes in it and in the cgroups below, which the container may have made. */
  async processes(): Promise<readonly number[]> {
    const found = await Promise.all(this.#directories().map((directory) => this.#processesBelow(directory)));
    return [...new Set(found.flat())];
  }

  /** Whether the container's processes are kept from running. */
  async isFrozen(): Promise<boolean> {
    if (this.isUnified) {
      return /^frozen 1$/m.test((await this.read("", "cgroup.events")) ?? "");
    }
    return ((await this.read("freezer", "freezer.state")) ?? "").trim() === "FROZEN";
  }

  /** Whether the kernel has killed in it for want of memory. */
  async hasOomKill(): Promise<boolean> {
    const file = this.isUnified ? "memory.events" : "memory.oom_control";
    return /^oom_kill [1-9]/m.test((await this.read("memory", file)) ?? "");
  }

  /** Removes its directories if no process is left in them, and returns whether all are gone. */
  async remove(): Promise<boolean> {
    const gone = await Promise.all(this.#directories().map((directory) => this.#removeBelow(directory)));
    return gone.every((each) => each);
  }

  #directory(controller: string): string | null {
    const mount = this.#layout.mounts.get(this.isUnified ? "" : controller);
    return mount === undefined ? null : join(mount, this.#path);
  }

  #directories(): readonly string[] {
    return this.#layout.trees.map((tree) => join(tree, this.#path));
  }

  async #processesBelow(directory: string): Promise<readonly number[]> {
    const text = (await this.#host.readText(join(directory, "cgroup.procs"))) ?? "";
    const own = text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
    const children = await Promise.all((await this.#children(directory)).map((child) => this.#processesBelow(child)));
    return [...own, ...children.flat()];
  }

  async #removeBelow(directory: string): Promise<boolean> {
    if (await this.#host.removeEmptyDirectory(directory)) {
      return true;
    }
    for (const child of await this.#children(directory)) await this.#removeBelow(child);
    return this.#host.removeEmptyDirectory(directory);
  }

  /** Everything else in a cgroup is a control file. */
  async #children(directory: string): Promise<readonly string[]> {
    const names = await this.#host.listDirectories(directory);
    return names.map((name) => join(directory, name));
  }
}
