import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedContainer, Runtime } from "@gantry/api";
import { connectRuntime, serveRuntime } from "@gantry/api/remote";
import { type RuntimeHarness, registerSuite, runtimeSuite } from "@gantry/api/testing";
import { noContainers, openLinuxHarness } from "./linux-harness.ts";

/** Both ends of a wire to a runtime. */
async function overSocket(local: Runtime, address: string) {
  const serving = await serveRuntime(local, { address });
  const remote = await connectRuntime(address);
  const close = async () => {
    await remote.close();
    await serving.close();
  };
  return { remote, close };
}

/** The harness whose runtime is reached through a socket; everything else is as it was. */
async function throughSocket(harness: RuntimeHarness): Promise<RuntimeHarness> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-remote-"));
  const address = `unix://${join(directory, "s")}`;
  let wire = await overSocket(harness.runtime, address);
  return {
    ...harness,
    get runtime() {
      return wire.remote;
    },
    async reopen(meanwhile): Promise<readonly LoadedContainer[]> {
      await wire.close();
      await harness.reopen(meanwhile);
      wire = await overSocket(harness.runtime, address);
      return wire.remote.load();
    },
    async close() {
      await wire.close();
      await harness.close();
      await rm(directory, { recursive: true });
    },
  };
}

registerSuite(
  "runtime: linux with runc through a socket",
  runtimeSuite(async () => throughSocket(await openLinuxHarness({ ociRuntime: "runc" }))),
  { skip: noContainers },
);
