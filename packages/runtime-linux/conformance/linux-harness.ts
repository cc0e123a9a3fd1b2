import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "@gantry/api";
import type { OciSpec } from "@gantry/api/spec";
import type { RuntimeHarness, TestProgram } from "@gantry/api/testing";
import { listMounts, processIdentity } from "@gantry/sys";
import { Bundle, defaultCgroupsPath, stateLayout } from "../src/bundle.ts";
import { linuxRuntime } from "../src/index.ts";
import { argumentsOf, makeBusyboxRoot, noBusybox } from "./busybox-root.ts";
import { makePipes } from "./pipes.ts";

/** Why containers cannot be made here; `undefined` if they can. */
export const noContainers =
  process.platform !== "linux" || process.getuid?.() !== 0 ? "containers are made on Linux, by root" : noBusybox;

/** Opens the runtime on directories under `base`, with runc unless `options` say otherwise, whatever else is installed. */
export async function openLinuxRuntime(
  base: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Runtime> {
  const opened = await linuxRuntime.open({
    root: join(base, "root"),
    state: join(base, "state"),
    options: { ociRuntime: "runc", ...options },
    log: () => undefined,
  });
  if ("skipped" in opened) throw new TypeError(opened.skipped);
  return opened.ready;
}

/** Makes a directory with a root file system and the directories of a runtime. */
export function makeBase(): string {
  const base = mkdtempSync(join(tmpdir(), "gantry-linux-"));
  for (const name of ["root", "state"]) mkdirSync(join(base, name), { mode: 0o700 });
  makeBusyboxRoot(join(base, "image"));
  return base;
}

/** Deletes all containers by force and closes the runtime. */
export async function closeAndDelete(runtime: Runtime): Promise<void> {
  try {
    for (const found of await runtime.load()) if ("container" in found) await found.container.delete({ force: true });
  } finally {
    await runtime.close();
  }
}

/** A harness of the Linux runtime with the OCI runtime that `options` name. */
export async function openLinuxHarness(options: Readonly<Record<string, unknown>> = {}): Promise<RuntimeHarness> {
  const base = makeBase();
  let runtime = await openLinuxRuntime(base, options);
  await runtime.load();
  return {
    get runtime() {
      return runtime;
    },
    makeRootfs: async () => rootfsOf(base),
    spec: (program, more) => specOf(program, more),
    process: (program, more = {}) => ({ args: argumentsOf(program), ...more }),
    reopen: async (meanwhile) => {
      await runtime.close();
      await meanwhile?.();
      runtime = await openLinuxRuntime(base, options);
      return runtime.load();
    },
    isAlive: (pid) => processIdentity(pid) !== null,
    leftovers: () => leftoversOf(base),
    makePipes,
    close: async () => {
      await runtime.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export function rootfsOf(base: string) {
  return [{ type: "bind", source: join(base, "image"), target: "", options: ["rbind", "ro"] }];
}

/** A spec with namespaces of its own and the file systems that programs expect. */
export function specOf(
  program: TestProgram,
  options: { readonly terminal?: boolean; readonly env?: readonly string[] } = {},
): OciSpec {
  const { terminal = false, env = [] } = options;
  return {
    ociVersion: "1.0.2",
    process: { args: argumentsOf(program), cwd: "/", terminal, env: ["PATH=/bin", ...env], user: { uid: 0, gid: 0 } },
    root: { path: "ignored", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["newinstance", "ptmxmode=0666", "mode=0620"],
      },
    ],
    linux: { namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })) },
  };
}

/** Names what is there of containers under `base`: files, mounts, cgroups, processes. */
export async function leftoversOf(base: string): Promise<readonly string[]> {
  const state = join(base, "state");
  const { bundles, oci, trash } = stateLayout(state);
  const files = [bundles, oci, trash, join(state, "tmp")].flatMap((directory) =>
    readdirSync(directory).map((name) => join(directory, name)),
  );
  const mounts = (await listMounts(state)).map(({ mountPoint }) => `mount ${mountPoint}`);
  return [...files, ...mounts, ...cgroupsOf(state), ...processesIn(state)];
}

function cgroupsOf(state: string): readonly string[] {
  const prefix = defaultCgroupsPath(state, new Bundle(stateLayout(state), "", "")).slice(1, -1);
  const trees = ["/sys/fs/cgroup", ...readdirSync("/sys/fs/cgroup").map((name) => join("/sys/fs/cgroup", name))];
  return trees.flatMap((tree) => {
    const names = namesIn(tree).filter((name) => name.startsWith(prefix));
    return names.map((name) => `cgroup ${join(tree, name)}`);
  });
}

/** Monitors and helpers have the state directory in their arguments or as their working directory. */
function processesIn(state: string): readonly string[] {
  return namesIn("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const isOurs = command.includes(`${state}/`) || readlinkSync(`/proc/${pid}/cwd`).startsWith(`${state}/`);
        return isOurs ? [`process ${pid} ${command}`] : [];
      } catch {
        // It has just ended.
        return [];
      }
    });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // A file, or gone.
    return [];
  }
}
