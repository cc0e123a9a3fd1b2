/** What a layer may cost at most. Each limit is far above what real images need. */
export interface LayerLimits {
  /** Uncompressed bytes. */
  readonly totalBytes: bigint;
  /** How many times bigger than the blob the uncompressed bytes may be, once there are more than `ratioFloorBytes`. */
  readonly ratio: number;
  readonly ratioFloorBytes: bigint;
  /** Entries of the archive. */
  readonly entries: number;
  /** Directories between the root and a file. */
  readonly depth: number;
  /** Bytes of one extended header. */
  readonly headerBytes: number;
}

/** Limits that apply unless others are given. */
export const defaultLayerLimits: LayerLimits = {
  totalBytes: 64n << 30n,
  // gzip reaches 1,032 on zeros; a disk image of them is the most that is seen in practice.
  ratio: 250,
  ratioFloorBytes: 1n << 30n,
  entries: 1_000_000,
  depth: 1024,
  headerBytes: 1 << 20,
};
