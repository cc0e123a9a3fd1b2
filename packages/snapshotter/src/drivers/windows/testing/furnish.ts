import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchDirectory } from "../../../../conformance/scratch-directory.ts";
import type { Layer, SnapshotDriver } from "../../../driver.ts";
import { openWindowsDriver } from "../windows.ts";
import { type SimulatedHostOptions, SimulatedLayerHost } from "./simulated-layer-host.ts";

/** A call that nothing stops or watches. */
export const call = { fault: () => {} };

/** A simulated host and what is open on it. */
export interface Furnished {
  readonly root: string;
  readonly host: SimulatedLayerHost;
  readonly driver: SnapshotDriver;
  /** An existing directory to mount at. */
  readonly target: string;
}

/** Makes a fresh root with a driver open in it, for one test. */
export async function openIn(test: TestContext, options: SimulatedHostOptions = {}): Promise<Furnished> {
  const directory = await scratchDirectory(test);
  const [root, target] = [join(directory, "root"), join(directory, "target")];
  await mkdir(root);
  await mkdir(target);
  const host = new SimulatedLayerHost(join(directory, "volumes"), options);
  test.after(() => host.close());
  const driver = await openWindowsDriver(root, host, { unsynced: true });
  await driver.list();
  return { root, host, driver, target };
}

/** A layer on top of others. */
export function layer(id: number, ancestors: readonly number[] = [], more: Partial<Layer> = {}): Layer {
  return { id, ancestors, readonly: false, ...more };
}

/** Makes the base layer 1 and the writable layer 2 on top of it. */
export async function makeTwo(driver: SnapshotDriver): Promise<void> {
  await driver.make(layer(1), call);
  await driver.seal(layer(1), call);
  await driver.make(layer(2, [1]), call);
}
