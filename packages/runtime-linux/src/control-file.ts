/** From this number on, version 1 means "no limit": the largest multiple of a page below 2^63 (kernel: memory.rst). */
export const unlimitedBytes = 2n ** 62n;

/** The number that a control file of a cgroup holds; `undefined` if there is none, as where a limit is `max`. */
export function parseNumber(text: string | null): bigint | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? BigInt(trimmed) : undefined;
}

/** Lines of a name, a space and a number. */
export function parseTable(text: string | null): ReadonlyMap<string, bigint> {
  const lines = (text ?? "").split("\n").flatMap((line) => {
    const [, name, value] = /^(\S+) (\d+)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, BigInt(value)] as const];
  });
  return new Map(lines);
}

/** Joins what is certain with those figures that are there. */
export function withPresent<T extends object>(certain: T, figures: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const present = Object.entries(figures).filter(([, value]) => value !== undefined);
  return { ...certain, ...Object.fromEntries(present) };
}
