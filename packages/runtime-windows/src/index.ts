import { defineRuntime } from "@gantry/api/plugin";

/**
 * Registers the Windows runtime. This version only tells why it is not there: `open` answers `skipped` on every host, on
 * Windows with the reason that nothing is implemented yet.
 */
export const windowsRuntime = defineRuntime({
  id: "windows",
  open: async () => ({
    skipped:
      process.platform === "win32"
        ? "this version has no implementation for Windows yet"
        : `makes containers on Windows only, this host runs ${process.platform}`,
  }),
});

/** The name under which the daemon looks for a runtime in a module that its configuration names. */
export { windowsRuntime as runtime };
