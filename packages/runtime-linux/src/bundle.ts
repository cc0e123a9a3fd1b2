import { createHash } from "node:crypto";
import { join } from "node:path";
import { ProcessFiles } from "./process-files.ts";

/**
 * Between namespace and id: no identifier has it, so that two containers never share a name, and OCI runtimes and the
 * kernel allow it in ids and cgroups.
 */
const separator = "+";

/** The directories of a runtime instance; everything in them is its own. */
export interface StateLayout {
  readonly bundles: string;
  /** State of the OCI runtime. */
  readonly oci: string;
  /** What is about to be removed. */
  readonly trash: string;
}

export function stateLayout(state: string): StateLayout {
  return { bundles: join(state, "bundles"), oci: join(state, "oci"), trash: join(state, "trash") };
}

/** Where one container's files are, and what it is called where names are shared with others. */
export class Bundle extends ProcessFiles {
  readonly namespace: string;
  readonly id: string;
  /** Name of the container for the OCI runtime, and of its bundle; unique within the state directory. */
  readonly ociId: string;
  readonly ociState: string;

  constructor(layout: StateLayout, namespace: string, id: string) {
    const name = `${namespace}${separator}${id}`;
    super(join(layout.bundles, name), name);
    this.namespace = namespace;
    this.id = id;
    this.ociId = name;
    this.ociState = join(layout.oci, name);
  }

  get config(): string {
    return join(this.directory, "config.json");
  }

  /** Where the root file system is shown. */
  get rootfs(): string {
    return join(this.directory, "rootfs");
  }

  get execs(): string {
    return join(this.directory, "execs");
  }

  /** Limits on their way to the OCI runtime. */
  get resources(): string {
    return join(this.directory, "resources.json");
  }

  /** Where CRIU has its logs. */
  get criu(): string {
    return join(this.directory, "criu");
  }

  get dumpLog(): string {
    return join(this.criu, "dump.log");
  }

  get restoreLog(): string {
    return join(this.criu, "restore.log");
  }

  /** There while a checkpoint is being made; says where, and by which process. */
  get dumping(): string {
    return join(this.directory, "dumping.json");
  }

  /** OCI runtimes keep this until `start`, and its reader is what lets the program run. */
  get startFifo(): string {
    return join(this.ociState, "exec.fifo");
  }

  exec(execId: string): ProcessFiles {
    return new ProcessFiles(join(this.execs, execId), this.ociId);
  }
}

/** The inverse of the name that {@link Bundle} gives to its directory; `null` if it is none. */
export function parseBundleName(name: string): { readonly namespace: string; readonly id: string } | null {
  const [namespace, id, ...more] = name.split(separator);
  return namespace === undefined || id === undefined || more.length > 0 ? null : { namespace, id };
}

/**
 * Where a container's cgroup is if its spec does not say: one directory right below the root, so that none is left
 * when it is gone, with a mark of the state directory, so that two daemons on one host never share one.
 */
export function defaultCgroupsPath(state: string, bundle: Bundle): string {
  const mark = createHash("sha256").update(state).digest("hex").slice(0, 12);
  return `/gantry-${mark}-${bundle.ociId}`;
}
