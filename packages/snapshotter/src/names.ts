import { OperationError, type Subject } from "@gantry/api";

const nameMaxBytes = 512;

/** The subject of errors about the snapshot `name`; a name of any length stays readable in a log. */
export function snapshotSubject(name: string): Subject {
  return { type: "snapshot", id: name.slice(0, nameMaxBytes) };
}

/**
 * Whether `name` can be the key or name of any snapshot.
 *
 * A lone surrogate has no UTF-8 form. SQLite would store U+FFFD in its place, so that two keys would become one.
 */
export function isPossibleName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= nameMaxBytes && name.isWellFormed() && !name.includes("\0");
}

/** Throws `invalid-argument`: `name` cannot be the key or name of a snapshot. */
export function checkName(name: string): void {
  if (!isPossibleName(name)) {
    const rule = `must be 1 to ${nameMaxBytes} bytes of UTF-8 without NUL`;
    throw new OperationError("invalid-argument", snapshotSubject(name), rule);
  }
}
