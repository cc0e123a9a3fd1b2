/** What can be done to a container of a random sequence, or to its one exec. */
export const actions = [
  "create",
  "start",
  "pause",
  "resume",
  "kill",
  "kill all",
  "delete",
  "delete by force",
  "wait",
  "exec",
  "start exec",
  "kill exec",
  "delete exec",
  "reopen",
] as const;

/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/** One step of a sequence, as data: it can be printed, run again, and left out. */
export interface Step {
  readonly action: Action;
  /** Id of the container; there are few, so that steps meet. */
  readonly id: string;
}

/** More often the first, so that much happens to one container. */
const ids = ["a", "a", "b"];

/** More often what makes something else possible: few sequences would have an exec that runs. */
const weighted: readonly Action[] = [
  ...actions,
  "create",
  "start",
  "start",
  "exec",
  "exec",
  "start exec",
  "start exec",
];

/** Gives a sequence that is always the same for one seed. */
export function randomSteps(seed: number, length: number): readonly Step[] {
  const random = numbersOf(seed);
  const oneOf = <T>(list: readonly T[], otherwise: T) => list[random() % list.length] ?? otherwise;
  return Array.from({ length }, () => ({ action: oneOf<Action>(weighted, "create"), id: oneOf(ids, "a") }));
}

/** Writes a sequence in a line. */
export function describeSteps(steps: readonly Step[]): string {
  return steps.map(({ action, id }) => `${action} ${id}`).join(", ");
}

/**
 * Leaves out steps as long as the sequence still fails.
 *
 * @param fails - runs a sequence
 * @param attempts - how often it may be run
 */
export async function shortest(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  attempts: number,
): Promise<readonly Step[]> {
  let best = steps;
  let left = attempts;
  // Large pieces first, as in delta debugging; single steps at last.
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.length && left > 0; left -= 1) {
      const shorter = [...best.slice(0, start), ...best.slice(start + size)];
      if (await fails(shorter)) best = shorter;
      else start += size;
    }
  }
  return best;
}

/** The generator mulberry32: small, and the same everywhere. */
function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
