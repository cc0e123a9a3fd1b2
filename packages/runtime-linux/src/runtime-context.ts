import type { RuntimeEvent } from "@gantry/api";
import type { PluginContext } from "@gantry/api/plugin";
import type { Bundle, StateLayout } from "./bundle.ts";
import type { CgroupLayout } from "./cgroup.ts";
import type { Criu } from "./criu.ts";
import type { Host } from "./host.ts";
import type { MonitorPrograms } from "./monitor.ts";
import type { OciRuntime } from "./oci-runtime.ts";

/** What the containers of one runtime instance share. */
export interface RuntimeContext {
  readonly host: Host;
  readonly oci: OciRuntime;
  /** Whether what the OCI runtime's `start` and `delete` do is done without it where that is the same. */
  readonly usesShortcuts: boolean;
  readonly programs: MonitorPrograms;
  readonly criu: Criu;
  /** Absolute path of the state directory. */
  readonly state: string;
  readonly layout: StateLayout;
  readonly cgroups: CgroupLayout;
  readonly log: PluginContext["log"];
  /** Called when a container is deleted and its id is free. */
  readonly forget: (bundle: Bundle) => void;
  /** Tells the subscribers of `Runtime.events`. */
  readonly emit: (event: RuntimeEvent) => void;
}
