import { OperationError } from "@gantry/api";
import { lineOfKey } from "./key-line.ts";

/** Where a table stands. */
export interface TablePlace {
  /** The whole file. */
  readonly text: string;
  readonly path: string;
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
    const known = [...this.#asked].sort().join(", ");
    throw this.wrong(unknown, `is unknown; known here: ${known}`);
  }

  wrong(key: string, detail: string): OperationError {
    const { text, path, names } = this.#place;
    const line = lineOfKey(text, names, key);
    const where = line === undefined ? "" : `line ${line}: `;
    const name = [...names, key].join(".");
    return new OperationError("invalid-argument", { type: "daemon", id: path }, `${where}${name} ${detail}`);
  }

  #get(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
