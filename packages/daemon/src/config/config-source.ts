import { parse, TomlError } from "smol-toml";
import { configError } from "./config-error.ts";

/** What is in a table of TOML. */
export type ConfigValues = Readonly<Record<string, unknown>>;

/** A file of the configuration as it was read. */
export interface ConfigSource {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly values: ConfigValues;
}

/** Reads the text of one file. Throws `invalid-argument`, naming the place: it is no TOML. */
export function sourceFrom(text: string, path: string): ConfigSource {
  try {
    return { path, text, values: parse(text) };
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const { line, column } = cause;
    const reason = cause.message.split("\n", 1)[0] ?? "";
    throw configError({ path, line, column }, reason, { cause });
  }
}

/** Puts the files over each other: of each key the last one counts. Lists are taken whole, tables are merged. */
export function mergeSources(sources: readonly ConfigSource[]): ConfigValues {
  return sources.reduce<ConfigValues>((merged, { values }) => merge(merged, values), {});
}

/** The file whose word counts about a key, given by its names from the outermost table on. */
export function sourceOf(sources: readonly ConfigSource[], names: readonly string[]): ConfigSource | undefined {
  return sources.findLast(({ values }) => has(values, names));
}

/** Whether a value of TOML is a table. */
export function isTable(value: unknown): value is ConfigValues {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function merge(one: ConfigValues, other: ConfigValues): ConfigValues {
  const merged = new Map(Object.entries(one));
  for (const [key, value] of Object.entries(other)) {
    const before = merged.get(key);
    merged.set(key, isTable(before) && isTable(value) ? merge(before, value) : value);
  }
  return Object.fromEntries(merged);
}

function has(values: ConfigValues, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  if (!Object.hasOwn(values, name)) return false;
  const value = values[name];
  return rest.length === 0 || (isTable(value) && has(value, rest));
}
