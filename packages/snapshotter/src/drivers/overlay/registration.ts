import { registerDriver } from "../../register-driver.ts";

/** Snapshots as overlay mounts; skipped where they do not work. Takes the option `unsynced` (boolean, default false). */
export const overlaySnapshotter = registerDriver({
  id: "overlay",
  platforms: ["linux"],
  openDriver: async (root, options) => (await import("./overlay.ts")).openOverlayDriver(root, options),
});
