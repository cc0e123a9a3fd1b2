import { defineRuntime } from "@gantry/api/plugin";

/**
 * Registers the Solaris runtime. This version only tells why it is not there: `open` answers `skipped` on every host, on
 * Solaris with the reason that nothing is implemented yet.
 */
export const solarisRuntime = defineRuntime({
  id: "solaris",
  open: async () => ({
    skipped:
      process.platform === "sunos"
        ? "this version has no implementation for Solaris yet"
        : `makes containers on Solaris only, this host runs ${process.platform}`,
  }),
});

/** The name under which the daemon looks for a runtime in a module that its configuration names. */
export { solarisRuntime as runtime };
