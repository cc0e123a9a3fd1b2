/** One figure beside the peer's of the same run, and beside what the machine can do. Times and memory: less is better. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  /** `null` where no peer has such a figure. */
  readonly peer: number | null;
  readonly peerName: string;
  readonly unit: string;
  /** How many counted samples each figure is the median of. */
  readonly n: number;
  readonly limit?: number;
  readonly limitName?: string;
}

/** What the runner gives a benchmark. */
export interface BenchContext {
  /** An empty directory, removed afterwards. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** A benchmark, as its file exports it under the name `bench`. */
export interface Bench {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Row[]>;
}

/** Something to be timed: told which turn it is, so that it can make names that were not used before. */
export type Subject = (turn: number) => Promise<unknown>;

/** Returns the middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Returns the value that the given part (0 to 1) of `values` does not pass; there must be one. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** How often {@link timeInTurns} times each subject. */
export interface Turns {
  /** Counted turns. */
  readonly n: number;
  /** Turns before those, not counted. Default: 3. */
  readonly warmUp?: number;
  readonly signal: AbortSignal;
}

/**
 * Times subjects in turns (A B C, A B C, ...), so that all of them meet the same machine, and returns each one's
 * median in milliseconds, under its name.
 */
export async function timeInTurns<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  { n, warmUp = 3, signal }: Turns,
): Promise<Record<Name, number>> {
  const names = Object.keys(subjects) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < warmUp + n; turn += 1) {
    for (const name of names) {
      signal.throwIfAborted();
      const begin = performance.now();
      await subjects[name](turn);
      if (turn >= warmUp) samples.get(name)?.push(performance.now() - begin);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<Name, number>;
}
