import type { SQLOutputValue } from "node:sqlite";

/** A row as node:sqlite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** The text in a column; throws `TypeError` where the schema and the query do not promise one. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") {
    throw new TypeError(`column ${column} holds ${typeof value}, not text`);
  }
  return value;
}

/** The number in a column; throws `TypeError` where the schema and the query do not promise one. */
export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") {
    throw new TypeError(`column ${column} holds ${typeof value}, not a number`);
  }
  return value;
}

/** What `read` makes of a column, or null where the column is null. */
export function orNull<T>(row: Row, column: string, read: (row: Row, column: string) => T): T | null {
  return row[column] === null ? null : read(row, column);
}
