import { isAbsolute, join } from "node:path";
import { OperationError } from "@gantry/api";
import type { CgroupLayout } from "./cgroup.ts";
import type { Host } from "./host.ts";
import { hostSubject } from "./host-error.ts";
import { programEnv } from "./node-processes.ts";

/** A program that was found, or the reason why there is none. */
export type FoundProgram =
  | { readonly path: string; readonly name: string; readonly version: string }
  | { readonly path: null; readonly reason: string };

const versionDeadlineMs = 5_000;

/**
 * Finds a program by its absolute path or its name, and asks it for its version.
 *
 * @returns what is found first; the reason why nothing is names the places
 */
export async function findProgram(host: Host, program: string): Promise<FoundProgram> {
  const places = placesOf(program);
  let broken = "";
  for (const path of places) {
    if (!(await host.exists(path))) continue;
    try {
      return { path, ...(await askVersion(host, path)) };
    } catch (error) {
      broken ||= `; ${error instanceof OperationError ? error.detail : String(error)}`;
    }
  }
  return { path: null, reason: `${program} was looked for at ${places.join(", ")}${broken}` };
}

/**
 * Finds the OCI runtime to use: the one that is configured, else the fastest of those found that works with the host's
 * cgroups. crun refuses a host whose version 2 tree has controllers beside those of version 1.
 */
export async function findOciRuntime(
  host: Host,
  cgroups: CgroupLayout,
  configured: string | null,
): Promise<FoundProgram> {
  if (configured !== null) {
    return findProgram(host, configured);
  }
  const crunWorks = cgroups.mode !== "hybrid" || cgroups.unifiedControllers.length === 0;
  const crun = crunWorks
    ? await findProgram(host, "crun")
    : { path: null, reason: "crun does not work with hybrid cgroups" };
  if (crun.path !== null) {
    return crun;
  }
  const runc = await findProgram(host, "runc");
  return runc.path !== null ? runc : { path: null, reason: `${runc.reason}; ${crun.reason}` };
}

/** Where a program is looked for, by its absolute path or its name. */
export function placesOf(program: string): readonly string[] {
  const directories = (programEnv["PATH"] ?? "").split(":");
  return isAbsolute(program) ? [program] : directories.map((directory) => join(directory, program));
}

/** Programs introduce themselves by the name they were given by their makers: `runc version 1.1.5+ds1`. */
async function askVersion(host: Host, path: string): Promise<{ readonly name: string; readonly version: string }> {
  const { code, stdout } = await host.run({ file: path, args: ["--version"], cwd: "/", deadlineMs: versionDeadlineMs });
  const [, name, version] = /^(\S+) version (\d+\.\d+\S*)/.exec(stdout) ?? [];
  if (code !== 0 || name === undefined || version === undefined) {
    throw new OperationError("failed-precondition", hostSubject, `${path} --version tells no version`);
  }
  return { name, version };
}
