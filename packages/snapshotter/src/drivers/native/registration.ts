import { registerDriver } from "../../register-driver.ts";

/** Snapshots as plain copies; works on every file system. Takes the option `unsynced` (boolean, default false). */
export const nativeSnapshotter = registerDriver({
  id: "native",
  platforms: ["linux"],
  openDriver: async (root, options) => (await import("./native.ts")).openNativeDriver(root, options),
});
