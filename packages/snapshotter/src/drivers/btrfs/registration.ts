import { registerDriver } from "../../register-driver.ts";

/**
 * Snapshots as subvolumes; skipped where the root is not on a btrfs that can be mounted. Takes the option `unsynced`
 * (boolean, default false).
 */
export const btrfsSnapshotter = registerDriver({
  id: "btrfs",
  platforms: ["linux"],
  openDriver: async (root, options) => (await import("./btrfs.ts")).openBtrfsDriver(root, options),
});
