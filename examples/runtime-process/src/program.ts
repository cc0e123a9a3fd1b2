import { existsSync } from "node:fs";
import { type ErrorKind, type Mount, OperationError, type Stdio } from "@gantry/api";
import type { OciProcess, OciSpec } from "@gantry/api/spec";

/** What a process runs, and where: what is kept of a spec. */
export interface Program {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: readonly string[];
  /** The directory that stands for the root of the container. */
  readonly root: string;
  readonly keepsOutput: boolean;
  /** Milliseconds since 1970, with parts of them: execs are ordered by it. */
  readonly createdAt: number;
}

/** Takes over what can be done of a process, and refuses what cannot, by name; `defaults` are the container's own. */
export function programOf(process: OciProcess, stdio: Stdio, defaults: Partial<Program> & { root: string }): Program {
  const { args = [], cwd = defaults.cwd ?? "", env = defaults.env ?? [], terminal = false, user } = process;
  demand(areTexts(args) && args[0], "process.args", "expected a program and its arguments");
  demand(areTexts([cwd]) && cwd.startsWith("/"), "process.cwd", "expected an absolute path");
  demand(areTexts(env) && env.every((entry) => entry.indexOf("=") > 0), "process.env", "expected NAME=VALUE");
  demand(!terminal, "process.terminal", "there are no terminals", "unimplemented");
  demand(!user?.uid && (user?.username ?? "0") === "0", "process.user", "expected 0, whoever the runtime runs as");
  demand(stdio.kind !== "pipes", "stdio", "there are no pipes", "unimplemented");
  demand(!("stdin" in stdio && stdio.stdin), "stdio.stdin", "there is no standard input", "unimplemented");
  const createdAt = performance.timeOrigin + performance.now();
  return { args, cwd, env, root: defaults.root, keepsOutput: stdio.kind === "log", createdAt };
}

/** Refuses what a caller would miss. Isolation is not missed: it is known that there is none. */
export function checkSpec({ root, linux }: OciSpec): void {
  const { cpu, memory, pids } = linux?.resources ?? {};
  demand(!cpu && !memory && !pids, "linux.resources", "nothing can be limited");
  demand(!root?.readonly, "root.readonly", "the root cannot be made readonly");
}

/** Gives the directory that the mounts show, the only thing that can be shown without mounting. */
export function rootOf(mounts: readonly Mount[]): string {
  const [mount, another] = mounts;
  demand(mount !== undefined && another === undefined, "rootfs", "expected one mount");
  const { type, source, target, options } = mount;
  const isPlain = type === "bind" && target === "" && options.every((word) => ["bind", "rbind", "rw"].includes(word));
  demand(isPlain, "rootfs", `expected a writable bind mount, not one of ${type} with ${options}`);
  demand(existsSync(source), "rootfs", `${source} does not exist`, "not-found");
  return source;
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "string" && !value.includes("\0"));
}

function demand(holds: unknown, property: string, detail: string, kind: ErrorKind = "invalid-argument"): asserts holds {
  if (!holds) throw new OperationError(kind, { type: "spec", id: property }, detail);
}
