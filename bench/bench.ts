/** What a benchmark file (`bench/<name>.bench.ts`) exports as `bench`. */
export interface Bench {
  /** What to say after `npm run bench --`; also the first word of its rows. */
  readonly name: string;
  /**
   * Measures, and resolves with the figures in the order to print. Everything it starts, mounts and writes is gone
   * afterwards, also when it rejects; a rejection ends the run with a failure, after the other benchmarks.
   */
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}

/** What the runner gives to a benchmark. */
export interface BenchContext {
  /** An empty directory, absolute, removed by the runner. */
  readonly directory: string;
  /** Fires when the run shall end early (Ctrl-C): clean up and reject. */
  readonly signal: AbortSignal;
  /** Tells the person at the terminal how far it is; goes to standard error. */
  log(line: string): void;
}

/** One figure, with what to hold it against. */
export interface BenchRow {
  readonly name: string;
  /** Ours, usually a median, in `unit`. */
  readonly ours: number;
  /** The peer's on this machine in the same run, in `unit`; `null` where it has none. */
  readonly peer: number | null;
  /** Who the peer is, with its version. */
  readonly peerName: string;
  readonly unit: string;
  /** How many measurements stand behind each figure. */
  readonly n: number;
  /** What the machine itself allows, in `unit`: nobody can do better. Default: not known. */
  readonly limit?: number;
  /** What `limit` is, as in "runc alone". */
  readonly limitName?: string;
}
