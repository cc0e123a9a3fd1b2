import type { ImageOperations } from "@gantry/api/content";
import { defaultLayerLimits, type LayerLimits } from "./apply/layer-limits.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archive/archive-limits.ts";
import { ArchiveImporter } from "./archive/import-archive.ts";
import { referencesOf } from "./image/references.ts";
import { resolveImage } from "./image/resolve.ts";
import { MountedTrees } from "./unpack/mounted-tree.ts";
import { Unpacker } from "./unpack/unpacker.ts";

/** Options of {@link createImageOperations}. */
export interface ImageOperationsOptions {
  /**
   * Absolute path of a directory that nobody else uses and that a reboot may empty: layers are mounted below it while
   * they are applied. Made where it is missing.
   */
  readonly mountDirectory: string;
  /** What a layer may cost. Default: `defaultLayerLimits`; single ones may be given. */
  readonly layerLimits?: Partial<LayerLimits>;
  /** What an archive may cost. Default: far more than real ones do; single ones may be given. */
  readonly archiveLimits?: Partial<ArchiveLimits>;
}

/**
 * Makes what is done with images. The mounts that an earlier process left below `mountDirectory` are undone first; the
 * snapshots they showed are removed by `cleanUnpackLeftovers`.
 *
 * Rejects with a `SystemError`: a mount could not be undone.
 */
export async function createImageOperations(options: ImageOperationsOptions): Promise<ImageOperations> {
  const trees = new MountedTrees(options.mountDirectory);
  await trees.clean();
  const unpacker = new Unpacker(trees, { ...defaultLayerLimits, ...options.layerLimits });
  const importer = new ArchiveImporter({ ...defaultArchiveLimits, ...options.archiveLimits });
  return {
    importArchive: (content, archive, importOptions) => importer.import(content, archive, importOptions),
    resolve: (content, target, platform) => resolveImage(content, target, platform),
    // The contract's own list of parameters.
    unpack: (content, snapshotter, target, unpackOptions = {}) =>
      unpacker.unpack(target, { content, snapshotter, options: unpackOptions }),
    references: (content, target) => referencesOf(content, target),
  };
}
