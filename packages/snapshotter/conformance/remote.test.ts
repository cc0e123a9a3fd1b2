import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshotter } from "@gantry/api";
import { connectSnapshotter, serveSnapshotter } from "@gantry/api/remote";
import { registerSuite, type SnapshotterHarness, snapshotterSuite } from "@gantry/api/testing";
import { createMemoryDriver } from "../src/drivers/memory.ts";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { createMemoryStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

/** Both ends of a wire to a snapshotter. */
async function overSocket(local: Snapshotter, address: string) {
  const serving = await serveSnapshotter(local, { address });
  const remote = await connectSnapshotter(address);
  const close = async () => {
    await remote.close();
    await serving.close();
  };
  return { remote, close };
}

/** The harness whose snapshotter is reached through a socket; everything else is as it was. */
async function throughSocket(harness: SnapshotterHarness): Promise<SnapshotterHarness> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-remote-"));
  const address = `unix://${join(directory, "s")}`;
  let wire = await overSocket(harness.snapshotter, address);
  const { reopen } = harness;
  return {
    ...harness,
    snapshotter: wire.remote,
    ...(reopen && {
      async reopen() {
        await wire.close();
        wire = await overSocket(await reopen(), address);
        return wire.remote;
      },
    }),
    async close() {
      await wire.close();
      await harness.close();
      await rm(directory, { recursive: true });
    },
  };
}

registerSuite(
  "snapshotter: memory through a socket",
  snapshotterSuite(async () => {
    const snapshotter = await createSnapshotter(createMemoryDriver(), createMemoryStore());
    return throughSocket({ snapshotter, close: () => snapshotter.close() });
  }),
);

registerSuite(
  "snapshotter: overlay through a socket",
  snapshotterSuite(async () => throughSocket(await openOnDisk(openOverlayDriver))),
  { skip: whyNoMounts(), concurrency: 2 },
);
