import { createHash } from "node:crypto";
import type { SnapshotFilter, SnapshotInfo, Snapshotter } from "../../snapshotter.ts";

/** See `Snapshotter.prepare`. */
const identifierMaxBytes = 512;

/**
 * Shows the snapshots of `other` whose keys and names begin with `prefix`, without it, as if there were no others, so
 * that a suite which expects an instance of its own can share one.
 *
 * What is no identifier is passed on as it is, so that `other` refuses it. An identifier with no room for the prefix is
 * shortened to a digest, and sorts by that. Messages of errors show the whole names.
 *
 * @param prefix - at most 400 bytes
 */
export function prefixed(other: Snapshotter, prefix: string): Snapshotter {
  const names = new PrefixedNames(prefix);
  const inner = (info: SnapshotInfo): SnapshotInfo => ({
    ...info,
    name: names.inner(info.name),
    parent: info.parent === null ? null : names.inner(info.parent),
  });
  const outer = (name: string) => names.outer(name);
  const parentOf = (parent: string | null) => (parent === null ? null : outer(parent));
  return {
    capabilities: other.capabilities,
    prepare: async (key, parent, options) => other.prepare(outer(key), parentOf(parent), options),
    view: async (key, parent, options) => other.view(outer(key), parentOf(parent), options),
    mounts: async (key, options) => other.mounts(outer(key), options),
    commit: async (name, key, options) => other.commit(outer(name), outer(key), options),
    remove: async (name, options) => other.remove(outer(name), options),
    stat: async (name, options) => inner(await other.stat(outer(name), options)),
    update: async (name, change, options) => inner(await other.update(outer(name), change, options)),
    usage: async (name, options) => other.usage(outer(name), options),
    async *walk(filter: SnapshotFilter = {}) {
      const { parent, namePrefix = "" } = filter;
      const below = parent === undefined ? {} : { parent: parentOf(parent) };
      for await (const info of other.walk({ ...filter, ...below, namePrefix: prefix + namePrefix })) {
        yield inner(info);
      }
    },
    close: () => other.close(),
  };
}

class PrefixedNames {
  readonly #prefix: string;
  /** Names that were too long, by what stands for them. */
  readonly #shortened = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  outer(name: string): string {
    if (name === "" || Buffer.byteLength(name) > identifierMaxBytes) {
      return name;
    }
    const whole = this.#prefix + name;
    if (Buffer.byteLength(whole) <= identifierMaxBytes) {
      return whole;
    }
    const short = this.#prefix + createHash("sha256").update(name).digest("hex");
    this.#shortened.set(short, name);
    return short;
  }

  inner(name: string): string {
    return this.#shortened.get(name) ?? (name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name);
  }
}
