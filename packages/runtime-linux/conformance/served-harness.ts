import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Runtime } from "@gantry/api";
import { connectRuntime } from "@gantry/api/remote";
import type { RuntimeHarness } from "@gantry/api/testing";
import { processIdentity } from "@gantry/sys";
import { argumentsOf } from "./busybox-root.ts";
import { leftoversOf, makeBase, noContainers, rootfsOf, specOf } from "./linux-harness.ts";
import { makePipes } from "./pipes.ts";

const script = fileURLToPath(new URL("./serving-process.ts", import.meta.url));

/** Where a runtime is served from. */
export interface Elsewhere {
  /** Name of the OCI runtime. */
  readonly ociRuntime: string;
  /** Shell commands that make the mount namespace, which is a copy of this one, what it is to be. */
  readonly prepare: string;
}

interface Served {
  readonly child: ChildProcess;
  readonly runtime: Runtime;
}

async function serve(base: string, { ociRuntime, prepare }: Elsewhere): Promise<Served> {
  const address = `unix://${join(base, "socket")}`;
  rmSync(join(base, "socket"), { force: true });
  const node = [process.execPath, "--conditions=gantry-source", script, base, address, ociRuntime];
  const args = ["-m", "--propagation", "private", "sh", "-c", `${prepare}; exec "$@"`, "sh", ...node];
  const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return { child, runtime: await connectRuntime(address) };
}

/** Ends the serving process as a crash would. */
async function end({ child, runtime }: Served): Promise<void> {
  await runtime.close();
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/**
 * A harness of the Linux runtime that is served on a socket by a process in a mount namespace of its own, since a host
 * has its cgroups in one way only. Mounts are out of sight of {@link RuntimeHarness.leftovers} there.
 */
export async function openServedHarness(elsewhere: Elsewhere): Promise<RuntimeHarness> {
  const base = makeBase();
  let served = await serve(base, elsewhere);
  return {
    get runtime() {
      return served.runtime;
    },
    makeRootfs: async () => rootfsOf(base),
    spec: (program, more) => specOf(program, more),
    process: (program, more = {}) => ({ args: argumentsOf(program), ...more }),
    reopen: async (meanwhile) => {
      await end(served);
      await meanwhile?.();
      served = await serve(base, elsewhere);
      return served.runtime.load();
    },
    isAlive: (pid) => processIdentity(pid) !== null,
    leftovers: () => leftoversOf(base),
    makePipes,
    close: async () => {
      await end(served);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Why no runtime can be served from a mount namespace of its own here; `undefined` if one can. */
export function noMountNamespace(): string | undefined {
  if (noContainers !== undefined) return noContainers;
  try {
    execFileSync("unshare", ["-m", "--propagation", "private", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no mount namespace can be made here";
  }
}
