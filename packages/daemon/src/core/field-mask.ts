import { OperationError, type Subject } from "@gantry/api";

/** Maps that a mask may change, by their name in the mask. */
export type MaskedMaps = Readonly<Record<string, ReadonlyMap<string, unknown>>>;

/** What to change. */
export interface MaskedChange<T extends MaskedMaps> {
  readonly change: T;
  /** None means the first map as a whole. */
  readonly paths: readonly string[];
}

/**
 * Returns `present` with what the mask names taken over from `change`. `NAME` replaces the whole map; `NAME.KEY` sets the
 * one key, or deletes it where `change` lacks it. KEY is everything behind the first dot, so it may hold dots itself.
 *
 * Throws `invalid-argument`: a path names something else; the message lists what can be changed
 */
export function applyMask<T extends MaskedMaps>(subject: Subject, present: T, { change, paths }: MaskedChange<T>): T {
  const names = Object.keys(present);
  const result = new Map<string, Map<string, unknown>>(names.map((name) => [name, new Map(present[name])]));
  for (const path of paths.length === 0 ? names.slice(0, 1) : paths) {
    const dot = path.indexOf(".");
    const name = dot === -1 ? path : path.slice(0, dot);
    const source = Object.hasOwn(change, name) ? change[name] : undefined;
    const target = result.get(name);
    if (source === undefined || target === undefined || dot === path.length - 1)
      throw cannotChange(subject, path, names);
    if (dot === -1) result.set(name, new Map(source));
    else replaceKey(target, source, path.slice(dot + 1));
  }
  // Each map was made from one of T's own maps, under its name.
  return Object.fromEntries(result) as unknown as T;
}

function replaceKey(target: Map<string, unknown>, source: ReadonlyMap<string, unknown>, key: string): void {
  if (source.has(key)) target.set(key, source.get(key));
  else target.delete(key);
}

function cannotChange(subject: Subject, path: string, names: readonly string[]): OperationError {
  const known = names.flatMap((name) => [`"${name}"`, `"${name}.KEY"`]).join(", ");
  return new OperationError(
    "invalid-argument",
    subject,
    `${JSON.stringify(path)} cannot be changed; expected ${known}`,
  );
}
