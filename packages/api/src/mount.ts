/**
 * One mount to perform, as a value: it can be stored, compared and sent to another machine's runtime.
 *
 * Snapshotters produce lists of mounts, runtimes and unpackers perform them in order, each over the one before.
 * Nobody else needs to know how a file tree is kept.
 */
export interface Mount {
  /** File system type as mount(8) knows it (`bind`, `overlay`, `zfs`, `tmpfs`), or a platform's own (`windows-layer`). */
  readonly type: string;
  /** What is mounted: an absolute path, a dataset, or a word that the type ignores (`overlay`). */
  readonly source: string;
  /** Where below the root of the tree it goes: a slash-separated relative path, `""` for the root itself. */
  readonly target: string;
  /** Options as mount(8) writes them (`ro`, `lowerdir=/a:/b`), in order. A readonly mount has `ro`. */
  readonly options: readonly string[];
}
