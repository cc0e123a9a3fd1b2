import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OciSpec } from "@gantry/api/spec";
import type { RuntimeHarness, TestProgram } from "@gantry/api/testing";
import { DirectoryHost, isSimulated, MemoryHost, type SimulatedHost, SimulatedRuntime } from "../src/index.ts";

/** A harness of the simulated runtime whose containers are kept in memory. */
export async function openInMemory(): Promise<RuntimeHarness> {
  const host = new MemoryHost();
  return harnessOf(host, {
    leftovers: () => host.load().map(({ namespace, id }) => `${namespace}/${id}`),
    clear: () => undefined,
  });
}

/** A harness of the simulated runtime whose containers are kept in a directory. */
export async function openInDirectory(): Promise<RuntimeHarness> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-simulated-"));
  return harnessOf(new DirectoryHost(directory), {
    leftovers: () => readdirSync(directory),
    clear: () => rmSync(directory, { recursive: true }),
  });
}

interface HostAccess {
  leftovers(): readonly string[];
  clear(): void;
}

function harnessOf(host: SimulatedHost, access: HostAccess): RuntimeHarness {
  let runtime = new SimulatedRuntime(host);
  return {
    get runtime() {
      return runtime;
    },
    makeRootfs: async () => [{ type: "simulated", source: "nothing", target: "", options: ["ro"] }],
    spec: (program, more) => specOf(program, more),
    process: (program, more = {}) => ({ args: argumentsOf(program), ...more }),
    reopen: async (meanwhile) => {
      await runtime.close();
      await meanwhile?.();
      runtime = new SimulatedRuntime(host);
      return runtime.load();
    },
    isAlive: (pid) => isSimulated(host, pid),
    leftovers: async () => access.leftovers(),
    close: async () => {
      await runtime.close();
      access.clear();
    },
  };
}

function specOf(
  program: TestProgram,
  { terminal = false, env = [] }: { readonly terminal?: boolean; readonly env?: readonly string[] } = {},
): OciSpec {
  return {
    ociVersion: "1.0.2",
    process: { args: argumentsOf(program), cwd: "/", terminal, env: ["PATH=/bin", ...env] },
  };
}

/** Gives the arguments that do what `program` says. */
function argumentsOf(program: TestProgram): readonly string[] {
  switch (program.does) {
    case "exit": {
      const wait = program.afterMs === undefined ? "" : `sleep ${program.afterMs / 1000}; `;
      return ["sh", "-c", `${wait}exit ${program.status}`];
    }
    case "sleep":
      return ["sleep", "1000"];
    case "ignore-term":
      return ["sh", "-c", "trap '' TERM; echo ready; sleep 1000"];
    case "print":
      return ["print", program.stdout ?? "", program.stderr ?? "", program.thenSleep ? "1000" : "0"];
    case "flood":
      return ["flood", String(program.bytes)];
    case "copy":
      return ["cat"];
    case "print-env":
      return ["printenv", program.name];
    case "not-exist":
      return ["/bin/there-is-no-such-program"];
  }
}
