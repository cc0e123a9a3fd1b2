import type { CallOptions } from "@gantry/api";
import { parseDigest } from "../digest.ts";
import type { AppliedLayer } from "./apply-messages.ts";
import { ApplyThread, dataLoss } from "./apply-thread.ts";
import { defaultLayerLimits, type LayerLimits } from "./layer-limits.ts";

/** Options of {@link applyLayer}. */
export interface ApplyLayerOptions extends CallOptions {
  /** Digest of the blob. It is verified, and names the layer in errors. */
  readonly digest: string;
  /** Default: `defaultLayerLimits`; single ones may be given. */
  readonly limits?: Partial<LayerLimits>;
}

/**
 * Changes the tree in the directory `root` by one layer, plain or compressed (gzip, zstd), on a thread of its own.
 *
 * The layer may be hostile: it cannot reach anything outside of `root`, whatever links it brings or finds there, also
 * when somebody moves directories meanwhile. After a failure the tree is half changed; it is the caller's to throw
 * away. After success it has reached the disk. Owners, devices and some attributes need root.
 *
 * Rejects with
 * - `invalid-argument`: the archive is damaged or unsafe; the message names entry and rule
 * - `data-loss`: the bytes are not those of `digest`
 * - `resource-exhausted`: a limit, or no room left
 */
export async function applyLayer(
  root: string,
  blob: AsyncIterable<Uint8Array>,
  options: ApplyLayerOptions,
): Promise<AppliedLayer> {
  parseDigest(options.digest);
  const thread = new ApplyThread();
  try {
    const job = { root, digest: options.digest, limits: { ...defaultLayerLimits, ...options.limits } };
    const layer = await thread.apply(job, blob, { signal: options.signal });
    if (layer.digest !== options.digest) throw dataLoss(options.digest, layer.digest);
    return layer;
  } finally {
    await thread.close();
  }
}
