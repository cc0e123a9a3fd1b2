import { closeSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type IdMap, type IdRange, openUserNamespace } from "./id-map.ts";
import { lastError } from "./libc.ts";
import type { Mount } from "./mount.ts";
import { performMount } from "./mount-call.ts";
import { mountFlag, parseMountOptions } from "./mount-options.ts";
import { type MountTarget, openMountTarget } from "./mount-target.ts";
import { cloneTree, mapOwners, moveMount } from "./mount-tree.ts";
import { splitLayers, unescapePath } from "./overlay-parts.ts";
import { detachMount } from "./unmount.ts";

/** What the layers of an overlay hang on while it is made; room for more of them than the kernel takes. */
const stage: Mount = { type: "tmpfs", source: "tmpfs", target: "", options: ["mode=0700", "size=4m", "nr_inodes=1k"] };

/**
 * The mounter of an overlay is root of the host, and has to own what it makes in the work directory. An id that is not
 * in the map cannot own anything, and the kernel then makes the overlay readonly without an error. So the id that
 * nobody has, -2, is the stored form of root's; only empty directories for the kernel's own work ever get it.
 */
const storedMounter = 4_294_967_294;

/**
 * Shows an overlay's files with other owners. The kernel does that for the layers, not for the overlay, so each layer
 * is shown with other owners on a place of its own first, and the overlay is made of these; what is written is stored
 * with the owners translated back. The places, on a tmpfs over `target`, are gone when it resolves or rejects: the
 * overlay holds its layers by itself.
 *
 * Rejects with a `SystemError`; before Linux 5.19 overlays take no such layers (EINVAL).
 */
export async function performMappedOverlay(mount: Mount, target: MountTarget, map: IdMap): Promise<void> {
  const layerMap = { uids: withMounter(map.uids), gids: withMounter(map.gids) };
  const tree = await withUserNamespace(layerMap, async (userNamespace) => {
    await performMount(stage, target);
    try {
      return await makeOverlay(mount, target.realPath, userNamespace);
    } finally {
      await detachMount(target.realPath);
    }
  });
  try {
    if (moveMount(tree, target) < 0) throw lastError("move_mount", { path: target.realPath });
  } finally {
    closeSync(tree);
  }
}

/**
 * Has a mount that is there already show its files with other owners: it gives way to a copy of itself that does.
 *
 * Rejects with the errors of {@link mapOwners} and {@link openUserNamespace}; the mount may be there then or not.
 */
export async function mapMount(mount: Mount, root: string, map: IdMap): Promise<void> {
  const { tree, realPath } = copyOf(mount, root);
  try {
    await withUserNamespace(map, async (userNamespace) => mapOwners(tree, userNamespace, realPath));
    await detachMount(realPath);
    using place = openMountTarget(root, mount.target);
    if (moveMount(tree, place) < 0) throw lastError("move_mount", { path: realPath });
  } finally {
    closeSync(tree);
  }
}

function copyOf(mount: Mount, root: string): { readonly tree: number; readonly realPath: string } {
  using place = openMountTarget(root, mount.target);
  const recursive = (parseMountOptions(mount).flags & mountFlag.recursive) !== 0;
  return { tree: cloneTree(place, { recursive }), realPath: place.realPath };
}

/** Makes the overlay of layers below `directory`, on which it is when that is over, and returns a copy of it. */
async function makeOverlay(mount: Mount, directory: string, userNamespace: number): Promise<number> {
  const show = layersOn(directory, userNamespace);
  const options = mappedOptions(mount, show);
  const overlay = join(directory, "overlay");
  mkdirSync(overlay);
  using place = openMountTarget(overlay, "");
  await performMount({ ...mount, options }, place);
  using made = openMountTarget(overlay, "");
  return cloneTree(made, { recursive: false });
}

/** Returns what shows a layer on a new directory below `directory`, and tells where. */
function layersOn(directory: string, userNamespace: number): (layer: string) => string {
  let count = 0;
  return (layer) => {
    const shown = join(directory, String(count));
    count += 1;
    mkdirSync(shown);
    using source = openMountTarget(layer, "");
    const tree = cloneTree(source, { recursive: false });
    try {
      mapOwners(tree, userNamespace, source.realPath);
      using place = openMountTarget(shown, "");
      if (moveMount(tree, place) < 0) throw lastError("move_mount", { path: shown });
    } finally {
      closeSync(tree);
    }
    return shown;
  };
}

/** The options of an overlay with its layers where `show` puts them. */
function mappedOptions(mount: Mount, show: (layer: string) => string): readonly string[] {
  const value = (key: string) =>
    mount.options.findLast((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
  const layers = splitLayers(value("lowerdir") ?? "").map(({ key, path }) => ({ key, path: escapePath(show(path)) }));
  // Two colons come before a layer that holds contents only.
  const lower = layers
    .map(({ key, path }, index) => (index === 0 ? "" : key === "datadir+" ? "::" : ":") + path)
    .join("");
  const [upper, work] = [value("upperdir"), value("workdir")];
  const others = mount.options.filter((option) => !/^(lower|upper|work)dir=/.test(option));
  if (upper === undefined || work === undefined) return [`lowerdir=${lower}`, ...others];
  return [`lowerdir=${lower}`, ...writableOptions(unescapePath(upper), unescapePath(work), show), ...others];
}

/** The kernel wants both directories on one mount, so what is shown is the directory that has both below it. */
function writableOptions(upper: string, work: string, show: (layer: string) => string): readonly string[] {
  const [upperPath, workPath] = [realpathSync(upper), realpathSync(work)];
  let common = upperPath;
  while (relative(common, workPath).startsWith("..")) common = dirname(common);
  const shown = show(common);
  const pathOf = (path: string) => escapePath(join(shown, relative(common, path)));
  return [`upperdir=${pathOf(upperPath)}`, `workdir=${pathOf(workPath)}`];
}

function escapePath(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}

/** A map that has an id for root already needs no other one. */
function withMounter(ranges: readonly IdRange[]): readonly IdRange[] {
  const hasRoot = ranges.some(({ shown }) => shown === 0);
  return hasRoot ? ranges : [...ranges, { stored: storedMounter, shown: 0, size: 1 }];
}

async function withUserNamespace<T>(map: IdMap, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = await openUserNamespace(map);
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}
