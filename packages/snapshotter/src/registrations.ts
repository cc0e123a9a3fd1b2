import { isOperationError, OperationError, type Snapshotter } from "@gantry/api";
import { defineSnapshotter, type Opened, type PluginContext } from "@gantry/api/plugin";
import type { SnapshotDriver } from "./driver.ts";
import { openNativeDriver } from "./drivers/native.ts";
import { openOverlayDriver } from "./drivers/overlay.ts";
import type { DirectoryOptions } from "./layer-directories.ts";
import { createSnapshotter } from "./snapshotter.ts";
import { openSnapshotStore } from "./sqlite-store.ts";

/** Snapshots as overlay mounts; skipped where they do not work. Takes the option `unsynced` (boolean, default false). */
export const overlaySnapshotter = defineSnapshotter({
  id: "overlay",
  open: (context) => openWith(context, openOverlayDriver),
});

/** Snapshots as plain copies; works on every file system. Takes the option `unsynced` (boolean, default false). */
export const nativeSnapshotter = defineSnapshotter({
  id: "native",
  open: (context) => openWith(context, openNativeDriver),
});

type OpenDriver = (root: string, options: DirectoryOptions) => Promise<SnapshotDriver>;

async function openWith(context: PluginContext, openDriver: OpenDriver): Promise<Opened<Snapshotter>> {
  if (process.platform !== "linux") {
    return { skipped: `needs Linux, this is ${process.platform}` };
  }
  const options = optionsFrom(context);
  const store = await openSnapshotStore(context.root, options);
  try {
    const driver = await openDriver(context.root, options);
    const onLeftover = (id: number, error: unknown) =>
      context.log("warn", "files of a removed snapshot could not be removed", { id, error: String(error) });
    return { ready: await createSnapshotter(driver, store, { onLeftover }) };
  } catch (error) {
    await store.close();
    if (isOperationError(error, "unimplemented")) {
      return { skipped: error.detail };
    }
    throw error;
  }
}

function optionsFrom(context: PluginContext): DirectoryOptions {
  const { unsynced = false, ...unknown } = context.options;
  const [name] = Object.keys(unknown);
  if (typeof unsynced !== "boolean" || name !== undefined) {
    const detail = name === undefined ? "option unsynced must be true or false" : `option ${name} is unknown`;
    throw new OperationError("invalid-argument", { type: "snapshotter", id: context.root }, detail);
  }
  return { unsynced };
}
