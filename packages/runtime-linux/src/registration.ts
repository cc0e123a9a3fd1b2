import { join } from "node:path";
import { defineRuntime, type PluginContext } from "@gantry/api/plugin";
import { stateLayout } from "./bundle.ts";
import { readCgroupLayout } from "./cgroup.ts";
import { findCriu } from "./criu.ts";
import type { Host } from "./host.ts";
import { OciRuntime } from "./oci-runtime.ts";
import { readOptions } from "./options.ts";
import { findOciRuntime, findProgram } from "./programs.ts";
import { allowsShortcuts } from "./runc-shortcuts.ts";
import { LinuxRuntime } from "./runtime.ts";

/**
 * The runtime for Linux. Its options are those of {@link LinuxRuntimeOptions}.
 *
 * Skipped where this is not Linux, or not root. Programs that are missing do not keep it from opening: what exists can be
 * loaded, and `create` says what is missing.
 */
export const linuxRuntime = defineRuntime({
  id: "linux",
  async open(context) {
    if (process.platform !== "linux") {
      return { skipped: `this is ${process.platform}, not linux` };
    }
    if (process.getuid?.() !== 0) {
      return { skipped: "containers are made by root only, and this process is not root" };
    }
    // Loaded here, so that importing the package calls nothing of Linux.
    const { nodeHost } = await import("./host-node.ts");
    return { ready: await openRuntime(nodeHost, context) };
  },
});

/** The address of a unix socket has room for 108 bytes (unix(7)); conmon cuts off what is more. */
const maxSocketDirectoryBytes = 107 - "/conmon-term.XXXXXX".length;

function temporaryDirectory(state: string): string {
  const own = join(state, "tmp");
  return Buffer.byteLength(own) <= maxSocketDirectoryBytes ? own : "/tmp";
}

async function openRuntime(host: Host, context: PluginContext): Promise<LinuxRuntime> {
  const options = readOptions(context.options);
  const cgroups = await readCgroupLayout(host);
  const [oci, conmon] = await Promise.all([
    findOciRuntime(host, cgroups, options.ociRuntime),
    findProgram(host, options.conmon),
  ]);
  const layout = stateLayout(context.state);
  const temporary = temporaryDirectory(context.state);
  for (const directory of [layout.bundles, layout.oci, layout.trash, temporary]) await host.makeDirectory(directory);
  const criu = await findCriu(host, options.criu, { oci, answers: join(context.state, "criu.json") });
  const ociRuntime = new OciRuntime({
    host,
    program: oci.path ?? "runc",
    root: layout.oci,
    deadlines: options.deadlines,
  });
  return new LinuxRuntime({
    oci,
    conmon,
    context: {
      host,
      oci: ociRuntime,
      usesShortcuts: options.shortcuts && allowsShortcuts(oci),
      programs: { host, oci: ociRuntime, conmon: conmon.path ?? "conmon", temporary, logBytes: options.logBytes },
      criu,
      state: context.state,
      layout,
      cgroups,
      log: context.log,
    },
  });
}
