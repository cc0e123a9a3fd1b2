import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { OperationError } from "@gantry/api";

/**
 * Makes sure that a directory of the daemon exists, belongs to it alone and has exactly `mode`. One that was wider is
 * narrowed, unless others could write to it: then they may have, and nothing in it can be trusted.
 *
 * Throws `failed-precondition`: it is a symbolic link or no directory, belongs to somebody else, or others can write to it
 */
export function secureDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
  const found = lstatSync(path);
  const refuse = (detail: string) => new OperationError("failed-precondition", { type: "daemon", id: path }, detail);
  if (found.isSymbolicLink()) throw refuse("must be a directory, is a symbolic link");
  if (!found.isDirectory()) throw refuse("must be a directory");
  const user = process.geteuid?.() ?? found.uid;
  if (found.uid !== user) throw refuse(`belongs to user ${found.uid}, the daemon runs as ${user}`);
  if ((found.mode & 0o022) !== 0) {
    throw refuse(`others can write to it (mode ${(found.mode & 0o7777).toString(8)}); expected ${mode.toString(8)}`);
  }
  if ((found.mode & 0o7777) !== mode) chmodSync(path, mode);
}
