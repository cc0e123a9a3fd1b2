import { stringify } from "smol-toml";
import { readConfigFiles } from "./config-files.ts";
import { type ConfigKey, configKeys } from "./config-keys.ts";
import { type ConfigSource, type ConfigValues, isTable, mergeSources, sourceOf } from "./config-source.ts";
import { placeOfKey } from "./key-line.ts";
import { type Flags, type Settings, settingsFrom } from "./settings.ts";

/** What is written in place of a secret. */
const mask = "***";

/** Says where the value of a flag comes from: `cli`, `env`, or nothing where it was not given. */
type FlagOrigin = (name: string) => string | undefined;

/** A value in force, and in words where it comes from. */
interface Entry {
  readonly names: readonly string[];
  readonly value: unknown;
  readonly origin: string;
}

/**
 * Writes what is in force after files, environment and flags, as TOML of one line a value with its origin as a comment.
 * Options of plug-ins that look like secrets by their names are masked.
 *
 * Throws what the daemon would refuse to start with
 */
export function dumpedConfig(flags: Flags, flagOrigin: FlagOrigin): string {
  const files = readConfigFiles(flags.config);
  const settings = settingsFrom(flags, files);
  const given = new Map(givenByFlags(flags, flagOrigin).map((entry) => [entry.names.join("."), entry]));
  const entries = new Map(defaultEntries(settings).map((entry) => [entry.names.join("."), entry]));
  for (const entry of fileEntries(files.sources)) entries.set(entry.names.join("."), entry);
  for (const [key, entry] of given) entries.set(key, entry);
  return [...entries.values()].sort(byPlace).map(lineOf).join("");
}

function defaultEntries({ address }: Settings): readonly Entry[] {
  const values = configKeys.map(({ key, fallback }) => ({ key, value: key === "listen.address" ? address : fallback }));
  const known = values.filter(({ value }) => value !== undefined);
  return known.map(({ key, value }) => ({ names: key.split("."), value, origin: "default" }));
}

function fileEntries(sources: readonly ConfigSource[]): readonly Entry[] {
  return leavesOf(mergeSources(sources), []).map(({ names, value }) => {
    const source = sourceOf(sources, names);
    const line = source && placeOfKey(source.text, names.slice(0, -1), names.at(-1) ?? "")?.line;
    return { names, value, origin: `${source?.path}${line === undefined ? "" : `:${line}`}` };
  });
}

function leavesOf(values: ConfigValues, around: readonly string[]): readonly Omit<Entry, "origin">[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const names = [...around, name];
    return isTable(value) && Object.keys(value).length > 0 ? leavesOf(value, names) : [{ names, value }];
  });
}

function givenByFlags(flags: Flags, flagOrigin: FlagOrigin): readonly Entry[] {
  const values = new Map<string, unknown>(Object.entries(flags));
  return configKeys.flatMap((key) => {
    const name = optionName(key);
    const origin = name === undefined ? undefined : flagOrigin(name);
    if (name === undefined || origin === undefined) return [];
    const words = origin === "env" ? `environment ${key.environment}` : `flag ${key.flag}`;
    return [{ names: key.key.split("."), value: values.get(name), origin: words }];
  });
}

/** `--log-level` is `logLevel` among the flags. */
function optionName({ flag }: ConfigKey): string | undefined {
  return flag?.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** In the order in which keys are told, and by name where that says nothing. */
function byPlace(one: Entry, other: Entry): number {
  return placeOfEntry(one) - placeOfEntry(other) || (one.names.join(".") < other.names.join(".") ? -1 : 1);
}

function placeOfEntry({ names }: Entry): number {
  const index = configKeys.findIndex(({ key }) => {
    const parts = key.split(".");
    return parts.every((part, at) => part === "NAME" || part === names[at]);
  });
  return index === -1 ? configKeys.length : index;
}

function lineOf({ names, value, origin }: Entry): string {
  const shown = isSecret(names) ? mask : value;
  const [, text = ""] = /^\S+ = ([\s\S]*)$/.exec(stringify({ value: isTable(shown) ? "" : shown }).trim()) ?? [];
  const key = names.map((name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name))).join(".");
  return `${key} = ${isTable(shown) ? "{}" : text}  # ${origin}\n`;
}

/** Only plug-ins may be given secrets themselves; the daemon's own are in files. */
function isSecret(names: readonly string[]): boolean {
  const name = names.slice(3).join(".");
  return names[2] === "options" && /pass(word|phrase)?|secret|token|credential|api_?key|key$/i.test(name);
}
