import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OperationError } from "@gantry/api";
import { type ConfigSource, sourceFrom } from "./config-source.ts";

/** The file that is read where none is named, if it is there. */
const defaultConfigFile = "/etc/gantry/gantry.toml";

/** The files that make up a configuration. */
export interface ConfigFiles {
  /** Later ones win; none where nothing is configured. */
  readonly sources: readonly ConfigSource[];
  /** What relative paths in all of them are relative to: the directory of the main file. */
  readonly directory: string;
}

/**
 * Reads the main file and, beside it, `conf.d/*.toml` in the order of their names (by code points).
 *
 * @param named - the main file. Default: {@link defaultConfigFile}, which need not exist
 *
 * Throws `invalid-argument`: a file cannot be read or is no TOML
 */
export function readConfigFiles(named: string | undefined): ConfigFiles {
  const main = resolve(named ?? defaultConfigFile);
  const directory = dirname(main);
  const paths = [main, ...partsIn(join(directory, "conf.d"))];
  const texts = paths.map((path) => ({ path, text: read(path, named === undefined && path === main) }));
  const sources = texts.flatMap(({ path, text }) => (text === undefined ? [] : [sourceFrom(text, path)]));
  return { sources, directory };
}

function partsIn(directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw unreadable(directory, cause);
  }
  // What begins with a dot is an editor's, or half written.
  const parts = names.filter((name) => name.endsWith(".toml") && !name.startsWith("."));
  return parts.sort((one, two) => (one < two ? -1 : 1)).map((name) => join(directory, name));
}

function read(path: string, mayBeAbsent: boolean): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (mayBeAbsent && isAbsent(cause)) return undefined;
    throw unreadable(path, cause);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function unreadable(path: string, cause: unknown): OperationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OperationError("invalid-argument", { type: "daemon", id: path }, `cannot be read: ${reason}`, { cause });
}
