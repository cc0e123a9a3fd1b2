import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mount, Snapshotter } from "@gantry/api";
import { registerSuite, type SnapshotterHarness, snapshotterSuite } from "@gantry/api/testing";
import { mountWindowsLayer, unmountWindowsLayer } from "../src/drivers/windows/mount.ts";
import { SimulatedLayerHost } from "../src/drivers/windows/testing/simulated-layer-host.ts";
import { openWindowsDriver } from "../src/drivers/windows/windows.ts";
import { openSnapshotStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";
import { whyNoMounts } from "./harness.ts";

/** The driver on a simulated Windows. Without root it shows no trees, and the cases about files are skipped. */
async function openSimulated(): Promise<SnapshotterHarness> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-snapshotter-"));
  const root = join(directory, "root");
  const host = new SimulatedLayerHost(join(directory, "volumes"));
  const open = async (): Promise<Snapshotter> => {
    const store = await openSnapshotStore(root);
    return createSnapshotter(await openWindowsDriver(root, host), store);
  };
  let snapshotter = await open();
  let shown = 0;
  const withTree = async <T>(mounts: readonly Mount[], look: (path: string) => Promise<T>): Promise<T> => {
    shown += 1;
    const place = join(directory, `tree ${shown}`);
    await mkdir(place);
    try {
      for (const mount of mounts) {
        await mountWindowsLayer(host, { mount, target: place });
      }
      return await look(place);
    } finally {
      await unmountWindowsLayer(host, place);
    }
  };
  return {
    snapshotter,
    ...(whyNoMounts() === undefined ? { withTree } : {}),
    async reopen() {
      await snapshotter.close();
      snapshotter = await open();
      return snapshotter;
    },
    async close() {
      await snapshotter.close();
      await host.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

registerSuite("snapshotter: windows, simulated", snapshotterSuite(openSimulated), { concurrency: 2 });
