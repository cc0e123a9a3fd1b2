import type { DatabaseSync } from "node:sqlite";
import { OperationError } from "@gantry/api";
import { schemas } from "./schema.ts";

/**
 * Brings a database to the newest schema, one step a transaction, so that a crash leaves it at one step or the next.
 *
 * Throws `failed-precondition`: it is newer than what this version knows
 */
export function migrate(database: DatabaseSync, path: string): void {
  const version = versionOf(database);
  if (version > schemas.length) {
    const detail = `has schema ${version}, made by a newer version; this one knows schemas up to ${schemas.length}`;
    throw new OperationError("failed-precondition", { type: "daemon", id: path }, detail);
  }
  for (const [index, schema] of schemas.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
