import { existsSync, readdirSync } from "node:fs";
import { arch } from "node:os";
import type { Runtime } from "@gantry/api";
import { createRuntime, requireProperty } from "@gantry/api/kit";
import { defineRuntime } from "@gantry/api/plugin";
import { findProcess, makeProcess } from "./process.ts";
import { checkSpec, programOf, rootOf } from "./program.ts";

const isolation = "none: containers are child processes, run by the user of the runtime, which see the whole host";

/** A runtime whose containers are child processes; their files are in `directory`, which no other instance may use. */
export function processRuntime(directory: string): Runtime {
  return createRuntime("process", {
    capabilities: { exec: true },
    info: () => {
      const platform = { os: "linux", architecture: arch() === "x64" ? "amd64" : arch() };
      return { id: "process", version: "0.1.0", platform, details: new Map([["isolation", isolation]]) };
    },
    create: ({ namespace, id, spec, process, rootfs, stdio }) => {
      checkSpec(spec);
      const program = programOf(process, stdio, { id, root: rootOf(rootfs) });
      return makeProcess(`${directory}/${namespace}+${id}`, program).asContainer();
    },
    load: () =>
      readdirSync(directory).map((name) => {
        const [namespace = "", id = ""] = name.split("+");
        return { namespace, id, open: () => findProcess(`${directory}/${name}`)?.asContainer() };
      }),
  });
}

/** How a daemon that imports this module opens it; what it keeps survives a reboot, so that every end can be told. */
export const runtime = defineRuntime({
  id: "process",
  open: async ({ root, options }) => {
    const [option] = Object.keys(options);
    requireProperty("options", option === undefined, `has no option ${option}`);
    return existsSync("/proc/self/stat")
      ? { ready: processRuntime(root) }
      : { skipped: "tells processes apart by /proc, which only Linux has" };
  },
});
