/** What node:sqlite returns for a row. */
export type Row = Readonly<Record<string, unknown>>;

/** Reads a TEXT column. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} is no text`);
  return value;
}

/** Reads a TEXT column that may be NULL. */
export function optionalTextOf(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

/** Reads an INTEGER column of a statement that reads numbers. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`column ${column} is no number`);
  return value;
}

/** Reads an INTEGER column of any statement as a bigint. */
export function bigintOf(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === "bigint") return value;
  return BigInt(numberOf(row, column));
}

/** Reads a BLOB column. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} is no blob`);
  return value;
}

/** Reads an INTEGER column that holds a time. */
export function dateOf(row: Row, column: string): Date {
  return new Date(Number(bigintOf(row, column)));
}

/** Reads an INTEGER column that holds 0 or 1. */
export function flagOf(row: Row, column: string): boolean {
  return bigintOf(row, column) === 1n;
}

/** Reads a TEXT column that holds a map, whatever its keys: `__proto__` is a key like any other. */
export function mapOf(row: Row, column: string): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(textOf(row, column));
  return new Map(Object.entries(value ?? {}).map(([key, text]) => [key, String(text)]));
}

/** Writes a map for a TEXT column. Every key becomes one of the object's own. */
export function mapToText(map: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(map));
}
