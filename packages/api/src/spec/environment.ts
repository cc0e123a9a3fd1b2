import { checkTexts } from "./process-text.ts";
import { specError } from "./spec-error.ts";

/** Texts by name, as a map or as an object's own properties. */
export type TextMap = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/** Returns the pairs of `texts`, in their order. */
export function entriesOf(texts: TextMap | undefined): readonly (readonly [string, string])[] {
  return texts instanceof Map ? [...texts] : Object.entries(texts ?? {});
}

/**
 * Returns the variables of `base`, then those of `changes`, as `NAME=VALUE`; a repeated name keeps its place and takes
 * the later value.
 *
 * @param base - `NAME=VALUE`
 * @param property - how `base` is named in errors
 */
export function mergeEnvironment(base: readonly string[], property: string, changes: TextMap | undefined): string[] {
  const variables = new Map<string, string>();
  for (const [index, variable] of checkTexts(base, property).entries()) {
    const end = variable.indexOf("=");
    if (end < 1) {
      throw specError(`${property}[${index}]`, `${JSON.stringify(variable.slice(0, 64))}: expected NAME=VALUE`);
    }
    variables.set(variable.slice(0, end), variable);
  }
  for (const [name, value] of entriesOf(changes)) {
    if (name === "" || /[=\0]/.test(name) || typeof value !== "string" || value.includes("\0")) {
      throw specError(`env.${name.slice(0, 64)}`, "expected a name without = and NUL, and a text without NUL");
    }
    variables.set(name, `${name}=${value}`);
  }
  return [...variables.values()];
}
