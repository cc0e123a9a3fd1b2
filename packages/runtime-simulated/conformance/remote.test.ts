import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectRuntime, serveRuntime } from "@gantry/api/remote";
import { type RuntimeHarness, registerSuite, runtimeSuite } from "@gantry/api/testing";
import { openInMemory } from "./simulated-harness.ts";

/** The harness whose runtime is reached through a socket. */
async function openThroughSocket(): Promise<RuntimeHarness> {
  const local = await openInMemory();
  const directory = await mkdtemp(join(tmpdir(), "gantry-simulated-"));
  const address = `unix://${join(directory, "s")}`;
  const connect = async () => {
    const server = await serveRuntime(local.runtime, { address });
    const runtime = await connectRuntime(address);
    return { runtime, [Symbol.asyncDispose]: () => runtime.close().then(() => server.close()) };
  };
  let wire = await connect();
  return {
    ...local,
    get runtime() {
      return wire.runtime;
    },
    reopen: async (meanwhile) => {
      await wire[Symbol.asyncDispose]();
      await local.reopen(meanwhile);
      wire = await connect();
      return wire.runtime.load();
    },
    close: async () => {
      await wire[Symbol.asyncDispose]();
      await local.close();
      await rm(directory, { recursive: true });
    },
  };
}

registerSuite("runtime: simulated, in memory, through a socket", runtimeSuite(openThroughSocket));
