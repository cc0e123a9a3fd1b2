/**
 * One mount to perform. The same shape as `Mount` of `@gantry/api`, written down again because this package imports
 * no other: a value of one is a value of the other.
 */
export interface Mount {
  /** File system type, such as `overlay`; `bind` and `rbind` show an existing tree and may also be given as options. */
  readonly type: string;
  /** What is mounted: a path, a device, a dataset, or a word that the type ignores. */
  readonly source: string;
  /** Relative path below the root of the tree; `""` for the root itself. */
  readonly target: string;
  /** Options as mount(8) writes them, in order; of two that contradict each other the later one counts. */
  readonly options: readonly string[];
}
