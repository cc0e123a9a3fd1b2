import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "@gantry/api";
import type { OciSpec } from "@gantry/api/spec";
import type { RuntimeHarness, TestProgram } from "@gantry/api/testing";
import { runtime as registration } from "../src/runtime.ts";

/** Opens the runtime on a directory, as a daemon does. */
export async function openRuntime(root: string): Promise<Runtime> {
  const opened = await registration.open({ root, state: root, options: {}, log: () => undefined });
  if ("skipped" in opened) throw new TypeError(opened.skipped);
  return opened.ready;
}

/** A fresh runtime without containers, on a directory of its own. */
export async function openHarness(): Promise<RuntimeHarness> {
  const base = mkdtempSync(join(tmpdir(), "runtime-process-"));
  const root = join(base, "root");
  mkdirSync(root);
  makeImage(join(base, "image"));
  let runtime = await openRuntime(root);
  await runtime.load();
  return {
    get runtime() {
      return runtime;
    },
    makeRootfs: async () => [{ type: "bind", source: join(base, "image"), target: "", options: ["rbind", "rw"] }],
    spec: specOf,
    process: (program, more = {}) => ({ args: argumentsOf(program), ...more }),
    reopen: async (meanwhile) => {
      await runtime.close();
      await meanwhile?.();
      runtime = await openRuntime(root);
      return runtime.load();
    },
    isAlive: (pid) => existsSync(`/proc/${pid}`),
    leftovers: async () => [...readdirSync(root), ...processesIn(base)],
    close: async () => {
      await runtime.close();
      rmSync(base, { recursive: true });
    },
  };
}

/** A root file system whose programs are the host's. */
export function makeImage(directory: string): void {
  mkdirSync(join(directory, "bin"), { recursive: true });
  for (const name of ["sh", "cat"]) symlinkSync(`/bin/${name}`, join(directory, "bin", name));
}

export function specOf(program: TestProgram, options: { terminal?: boolean; env?: readonly string[] } = {}): OciSpec {
  const { terminal = false, env = [] } = options;
  const process = { args: argumentsOf(program), cwd: "/", env: ["PATH=/usr/bin:/bin", ...env], terminal };
  return { ociVersion: "1.0.2", process };
}

function argumentsOf(program: TestProgram): readonly string[] {
  const shell = (script: string, ...args: readonly string[]) => ["/bin/sh", "-c", script, "sh", ...args];
  switch (program.does) {
    case "exit":
      return shell(`sleep ${(program.afterMs ?? 0) / 1000}; exit ${program.status}`);
    case "sleep":
      return shell("exec sleep 1000");
    case "ignore-term":
      return shell("trap '' TERM; echo ready; sleep 1000");
    case "print":
      return shell(
        `printf %s "$1"; printf %s "$2" >&2; ${program.thenSleep ? "exec sleep 1000" : ""}`,
        program.stdout ?? "",
        program.stderr ?? "",
      );
    case "flood":
      return shell('yes 0123456789abcde | head -c "$1"', String(program.bytes));
    case "copy":
      return ["cat"];
    case "print-env":
      return shell('eval "echo \\"\\$$1\\""', program.name);
    case "not-exist":
      return ["/bin/there-is-no-such-program"];
  }
}

/** Monitors have their directory among their arguments, programs have the image as working directory. */
function processesIn(base: string): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const isOurs = command.includes(base) || readlinkSync(`/proc/${pid}/cwd`).startsWith(base);
        return isOurs ? [`process ${pid}: ${command}`] : [];
      } catch {
        // It has just ended.
        return [];
      }
    });
}
