import { OperationError } from "@gantry/api";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** The text in a column. Throws `data-loss` where the database holds something else. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : unreadable(column);
}

/** The text in a column that may be empty. */
export function optionalTextIn(row: Row, column: string): string | null {
  return row[column] === null ? null : textIn(row, column);
}

/** The number in a column. Integers arrive as bigint where the statement reads them so, and as number elsewhere. */
export function integerIn(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === "bigint") return value;
  return typeof value === "number" ? BigInt(value) : unreadable(column);
}

/** The number in a column that may be empty. */
export function optionalIntegerIn(row: Row, column: string): bigint | null {
  return row[column] === null ? null : integerIn(row, column);
}

/** The time in a column of milliseconds since 1970. */
export function timeIn(row: Row, column: string): Date {
  return new Date(Number(integerIn(row, column)));
}

/** The labels in a column of JSON: `[[key, value], ...]`, since keys of an object can get lost (`__proto__`). */
export function labelsIn(row: Row, column: string): ReadonlyMap<string, string> {
  const parsed: unknown = JSON.parse(textIn(row, column));
  if (!Array.isArray(parsed)) return unreadable(column);
  return new Map(parsed.map((pair: unknown) => (isPair(pair) ? pair : unreadable(column))));
}

/** What {@link labelsIn} reads. */
export function labelsText(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels]);
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
}

function unreadable(column: string): never {
  throw new OperationError("data-loss", { type: "content", id: column }, "the record holds something unreadable");
}
