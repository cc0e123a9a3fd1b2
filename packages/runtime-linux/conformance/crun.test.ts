import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Runtime } from "@gantry/api";
import { connectRuntime } from "@gantry/api/remote";
import { type RuntimeHarness, registerSuite, runtimeSuite } from "@gantry/api/testing";
import { processIdentity } from "@gantry/sys";
import { argumentsOf } from "./busybox-root.ts";
import { leftoversOf, makeBase, noContainers, rootfsOf, specOf } from "./linux-harness.ts";
import { makePipes } from "./pipes.ts";

const script = fileURLToPath(new URL("./serving-process.ts", import.meta.url));

/**
 * crun refuses a host that has version 2 controllers beside version 1. In a mount namespace of its own the tree of
 * version 2 can be out of its sight, so the runtime is served from there, and called through a socket.
 */
const outOfSight = 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';

interface Served {
  readonly child: ChildProcess;
  readonly runtime: Runtime;
}

async function serve(base: string): Promise<Served> {
  const address = `unix://${join(base, "socket")}`;
  rmSync(join(base, "socket"), { force: true });
  const node = [process.execPath, "--conditions=gantry-source", script, base, address, "crun"];
  const args = ["-m", "--propagation", "private", "sh", "-c", outOfSight, "sh", ...node];
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

async function openHarness(): Promise<RuntimeHarness> {
  const base = makeBase();
  let served = await serve(base);
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
      served = await serve(base);
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

function whyNot(): string | undefined {
  if (noContainers !== undefined) return noContainers;
  if (!existsSync("/usr/bin/crun")) return "there is no /usr/bin/crun (Debian: crun)";
  try {
    execFileSync("unshare", ["-m", "--propagation", "private", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no mount namespace can be made here";
  }
}

registerSuite("runtime: linux with crun", runtimeSuite(openHarness), { skip: whyNot() });
