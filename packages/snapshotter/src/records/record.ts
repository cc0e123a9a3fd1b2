import type { SnapshotInfo, SnapshotUsage } from "@gantry/api";
import { numberIn, orNull, type Row, textIn } from "./row.ts";

/** What the store knows of one snapshot. */
export interface SnapshotRecord extends SnapshotInfo {
  /** Names the bytes; kept by commit, never used again after removal. */
  readonly id: number;
  readonly parentId: number | null;
  /** What a Committed snapshot took at its commit; null for an Active one. */
  readonly usage: SnapshotUsage | null;
}

/** The columns that {@link recordFrom} reads; sizes go as text, since a number would round beyond 2^53. */
export const recordColumns = `s.id, s.name, s.kind, s.readonly, s.parent_id, p.name AS parent, s.labels, s.created_at,
  s.updated_at, CAST(s.size_bytes AS TEXT) AS size_bytes, CAST(s.inodes AS TEXT) AS inodes`;

/** The record in a row of {@link recordColumns}. */
export function recordFrom(row: Row): SnapshotRecord {
  return {
    id: numberIn(row, "id"),
    name: textIn(row, "name"),
    kind: textIn(row, "kind") === "committed" ? "committed" : "active",
    readonly: numberIn(row, "readonly") === 1,
    parentId: orNull(row, "parent_id", numberIn),
    parent: orNull(row, "parent", textIn),
    labels: labelsFrom(textIn(row, "labels")),
    createdAt: new Date(numberIn(row, "created_at")),
    updatedAt: new Date(numberIn(row, "updated_at")),
    usage: usageFrom(row),
  };
}

function usageFrom(row: Row): SnapshotUsage | null {
  const sizeBytes = orNull(row, "size_bytes", textIn);
  const inodes = orNull(row, "inodes", textIn);
  return sizeBytes === null || inodes === null ? null : { sizeBytes: BigInt(sizeBytes), inodes: BigInt(inodes) };
}

/** Labels in the form of the column. */
export function labelsToText(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels]);
}

/** The labels in a column; throws `TypeError` where it is not a list of pairs of strings. */
export function labelsFrom(text: string): ReadonlyMap<string, string> {
  const pairs: unknown = JSON.parse(text);
  if (!Array.isArray(pairs)) {
    throw new TypeError("labels are stored as something else than a list");
  }
  return new Map(pairs.map(pairFrom));
}

function pairFrom(pair: unknown): [string, string] {
  if (Array.isArray(pair)) {
    const [key, value]: readonly unknown[] = pair;
    if (typeof key === "string" && typeof value === "string") {
      return [key, value];
    }
  }
  throw new TypeError("a label is stored as something else than a pair of strings");
}

/** What callers are told of a record. */
export function infoOf(record: SnapshotRecord): SnapshotInfo {
  const { name, kind, parent, readonly, labels, createdAt, updatedAt } = record;
  return { name, kind, parent, readonly, labels, createdAt, updatedAt };
}
