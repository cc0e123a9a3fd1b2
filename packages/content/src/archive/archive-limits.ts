/** What an archive that is imported may cost at most. */
export interface ArchiveLimits {
  /** Uncompressed bytes. */
  readonly totalBytes: bigint;
  /** Files, directories and links. */
  readonly entries: number;
  /** Files bigger than `smallBytes`; each is held open until the import is over. */
  readonly blobs: number;
  /** Files up to here are held in memory until it is known whether they are needed ... */
  readonly smallBytes: number;
  /** ... as long as they have no more bytes together. */
  readonly smallTotalBytes: number;
  /** Bytes of `index.json` and `manifest.json` each. */
  readonly documentBytes: number;
  /** Bytes of one extended header. */
  readonly headerBytes: number;
}

/** Limits that apply unless others are given. */
export const defaultArchiveLimits: ArchiveLimits = {
  totalBytes: 256n << 30n,
  entries: 100_000,
  blobs: 2_000,
  smallBytes: 64 << 10,
  smallTotalBytes: 32 << 20,
  documentBytes: 4 << 20,
  headerBytes: 1 << 20,
};
