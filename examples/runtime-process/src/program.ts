import { existsSync } from "node:fs";
import type { Mount, Stdio } from "@gantry/api";
import { requireProperty } from "@gantry/api/kit";
import type { OciProcess, OciSpec } from "@gantry/api/spec";

/** What a process runs, and where: what is kept of a spec. `root` is the directory that stands for the container's root. */
export interface Program {
  readonly id: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: readonly string[];
  readonly root: string;
  readonly keepsOutput: boolean;
  /** Milliseconds since 1970, with parts of them: execs are ordered by it. */
  readonly createdAt: number;
  /** Of an exec, the directory of its container's own process. */
  readonly leader?: string;
}

type Defaults = Partial<Program> & Pick<Program, "id" | "root">;

/** Takes over what can be done of a process, and refuses what cannot, by name; an exec's defaults are its container's. */
export function programOf(process: OciProcess, stdio: Stdio, defaults: Defaults): Program {
  const { args = [], cwd = defaults.cwd ?? "/", env = defaults.env ?? [], user } = process;
  const isOurUser = !user?.uid && (user?.username ?? "0") === "0";
  requireProperty("process.user", isOurUser, "expected 0, whoever the runtime runs as");
  const createdAt = performance.timeOrigin + performance.now();
  return { ...defaults, args, cwd, env, keepsOutput: stdio.kind === "log", createdAt };
}

/** Refuses what a caller would miss. Isolation is not missed: it is known that there is none. */
export function checkSpec({ root, linux }: OciSpec): void {
  const { cpu, memory, pids } = linux?.resources ?? {};
  requireProperty("linux.resources", !cpu && !memory && !pids, "nothing can be limited");
  requireProperty("root.readonly", !root?.readonly, "the root cannot be made readonly");
}

/** Gives the directory that the mounts show, the only thing that can be shown without mounting. */
export function rootOf([mount, another]: readonly Mount[]): string {
  requireProperty("rootfs", mount !== undefined && another === undefined, "expected one mount");
  const { type, source, target, options } = mount;
  const isPlain = type === "bind" && target === "" && options.every((word) => ["bind", "rbind", "rw"].includes(word));
  requireProperty("rootfs", isPlain, `expected a writable bind mount, not one of ${type} with ${options}`);
  requireProperty("rootfs", existsSync(source), { kind: "not-found", detail: `${source} does not exist` });
  return source;
}
