import { registerDriver } from "../../register-driver.ts";

/**
 * Snapshots as layers of Windows; skipped on other systems, on file systems other than NTFS, and where the calls to
 * Windows cannot be had. Takes the option `unsynced` (boolean, default false).
 */
export const windowsSnapshotter = registerDriver({
  id: "windows",
  platforms: ["win32"],
  openDriver: async (root, options) => {
    const { loadHost } = await import("./load-host.ts");
    const { openWindowsDriver } = await import("./windows.ts");
    return openWindowsDriver(root, await loadHost(root), options);
  },
});
