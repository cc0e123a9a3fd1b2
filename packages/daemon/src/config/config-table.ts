import type { OperationError } from "@gantry/api";
import { configError } from "./config-error.ts";
import { type ConfigSource, isTable, sourceOf } from "./config-source.ts";
import { placeOfKey } from "./key-line.ts";
import { nearestWord } from "./nearest-word.ts";

/** Where a table stands. */
export interface TablePlace {
  /** The files that it may stand in, later ones over earlier ones; at least one. */
  readonly sources: readonly ConfigSource[];
  /** Names of the tables around it and its own. */
  readonly names: readonly string[];
}

/** A table of a configuration file, read key by key, so that in the end it is known which keys nobody asked for. */
export class ConfigTable {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #place: TablePlace;
  readonly #asked = new Set<string>();

  constructor(value: unknown, place: TablePlace) {
    this.#place = place;
    this.#values = isTable(value) ? value : {};
  }

  text(key: string): string | undefined {
    const value = this.#get(key);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    throw this.wrong(key, "must be a text that is not empty");
  }

  texts(key: string): readonly string[] {
    const value = this.#get(key) ?? [];
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw this.wrong(key, "must be a list of texts");
  }

  number(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined || typeof value === "number") return value;
    throw this.wrong(key, "must be a number");
  }

  /** What is not there is false. */
  flag(key: string): boolean {
    const value = this.#get(key) ?? false;
    if (typeof value === "boolean") return value;
    throw this.wrong(key, "must be true or false");
  }

  /** A table that is not there is as an empty one. */
  table(key: string): ConfigTable {
    const value = this.#get(key);
    if (value !== undefined && !isTable(value)) throw this.wrong(key, "must be a table");
    return new ConfigTable(value, { ...this.#place, names: [...this.#place.names, key] });
  }

  /** The keys, all of which count as asked for. */
  names(): readonly string[] {
    const names = Object.keys(this.#values);
    for (const name of names) this.#asked.add(name);
    return names;
  }

  values(): Readonly<Record<string, unknown>> {
    return { ...this.#values };
  }

  /** Throws `invalid-argument`: there is a key that nobody asked for. */
  refuseOthers(): void {
    const unknown = Object.keys(this.#values).find((key) => !this.#asked.has(key));
    if (unknown === undefined) return;
    const known = [...this.#asked].sort();
    const near = nearestWord(unknown, known);
    const meant = near === undefined ? "" : `, perhaps ${near} is meant`;
    throw this.wrong(unknown, `is unknown${meant}; known here: ${known.join(", ")}`);
  }

  wrong(key: string, detail: string): OperationError {
    const { sources, names } = this.#place;
    const keys = [...names, key];
    // What is missing is missed in the table that it belongs to, and in the first file if that is missing as well.
    const source = sourceOf(sources, keys) ?? (names.length === 0 ? sources[0] : sourceOf(sources, names));
    const place = source && nearestPlace(source.text, keys);
    return configError({ path: source?.path ?? "", ...place }, `${keys.join(".")} ${detail}`);
  }

  #get(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }
}

/** Where a key stands, or else the innermost table around it that is written out. */
function nearestPlace(text: string, keys: readonly string[]): ReturnType<typeof placeOfKey> {
  for (let length = keys.length; length > 0; length -= 1) {
    const place = placeOfKey(text, keys.slice(0, length - 1), keys[length - 1] ?? "");
    if (place !== undefined) return place;
  }
  return undefined;
}
