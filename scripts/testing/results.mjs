/**
 * Where the runs of single packages leave their records for the run over all of them: `.cache/<kind>/<package>.json`.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../bootstrap/root.mjs";

const directoryOf = (kind) => inRoot(".cache", kind);
const fileOf = (kind, name) => path.join(directoryOf(kind), `${name.replaceAll("/", "+")}.json`);

/** Forgets the results of earlier runs. */
export function clearResults(kind) {
  rmSync(directoryOf(kind), { recursive: true, force: true });
}

/** Writes one package's records, complete or not at all. */
export function writeResults(kind, name, records) {
  mkdirSync(directoryOf(kind), { recursive: true });
  const file = fileOf(kind, name);
  writeFileSync(`${file}.tmp`, JSON.stringify({ name, records }, undefined, 1));
  renameSync(`${file}.tmp`, file);
}

/** All results of a kind, as a map from package name to records. */
export function readResults(kind) {
  let names = [];
  try {
    names = readdirSync(directoryOf(kind)).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return new Map(
    names.sort().map((file) => {
      const { name, records } = JSON.parse(readFileSync(path.join(directoryOf(kind), file), "utf8"));
      return [name, records];
    }),
  );
}
