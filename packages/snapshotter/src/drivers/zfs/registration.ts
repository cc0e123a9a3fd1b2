import { registerDriver } from "../../register-driver.ts";

/**
 * Snapshots as datasets of ZFS; skipped where there is no ZFS, or no dataset to keep them in. Takes the options
 * `dataset` (name of an existing dataset, default the one that is mounted at the root) and `unsynced` (boolean, default
 * false).
 */
export const zfsSnapshotter = registerDriver({
  id: "zfs",
  platforms: ["linux", "sunos"],
  textOptions: ["dataset"],
  openDriver: async (root, options, { dataset }) =>
    (await import("./zfs.ts")).openZfsDriver(root, { ...options, dataset }),
});
