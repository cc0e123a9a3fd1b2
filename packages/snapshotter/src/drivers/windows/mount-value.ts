import { type Mount, OperationError } from "@gantry/api";

/** Name of the mount type that containerd's snapshotters and runtimes for Windows agree on. */
const type = "windows-layer";
const parentsOption = "parentLayerPaths=";

/** A layer and what it is to be laid over. */
export interface ShownLayer {
  /** Path of the layer's directory. */
  readonly source: string;
  /** Paths of the layers below, nearest first; none for a base layer. */
  readonly parents: readonly string[];
  readonly readonly: boolean;
}

/** Makes the mount that shows a layer, of the form that containerd's own runtime for Windows takes. */
export function windowsLayerMount({ source, parents, readonly }: ShownLayer): Mount {
  const below = parents.length === 0 ? [] : [`${parentsOption}${JSON.stringify(parents)}`];
  return { type, source, target: "", options: [readonly ? "ro" : "rw", ...below] };
}

/**
 * Reads what {@link windowsLayerMount} made.
 *
 * Throws
 * - `invalid-argument`: the mount is of another type, goes below the root, or has an option that is none of these
 */
export function parseWindowsLayerMount(mount: Mount): ShownLayer {
  if (mount.type !== type || mount.target !== "") {
    throw malformed(mount, `must have the type ${type} and no target, has ${mount.type} and "${mount.target}"`);
  }
  let parents: readonly string[] = [];
  for (const option of mount.options) {
    if (option.startsWith(parentsOption)) {
      parents = parsePaths(mount, option.slice(parentsOption.length));
    } else if (option !== "ro" && option !== "rw") {
      throw malformed(mount, `option ${option} is unknown`);
    }
  }
  return { source: mount.source, parents, readonly: mount.options.includes("ro") };
}

function parsePaths(mount: Mount, text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(mount, "parentLayerPaths is no JSON", error);
  }
  if (!Array.isArray(value) || !value.every((path) => typeof path === "string")) {
    throw malformed(mount, "parentLayerPaths must be an array of strings");
  }
  return value;
}

function malformed(mount: Mount, detail: string, cause?: unknown): OperationError {
  return new OperationError("invalid-argument", { type: "mount", id: mount.source }, detail, { cause });
}
