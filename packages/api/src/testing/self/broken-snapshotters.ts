import { isOperationError, OperationError } from "../../errors.ts";
import type { Mount } from "../../mount.ts";
import type { SnapshotInfo, SnapshotOptions, Snapshotter } from "../../snapshotter.ts";
import { collect } from "../assertions.ts";

/** A mistake that a snapshotter could make, as a change to a sound one. */
export interface BrokenSnapshotter {
  /** Gives `sound` the mistake. */
  readonly spoil: (sound: Snapshotter) => Snapshotter;
  /** Titles of cases that notice; each of them must fail. */
  readonly noticedBy: readonly string[];
}

type Labels = ReadonlyMap<string, string>;

/**
 * Mistakes by what they are. They prove that the suite is strong enough to notice them, whatever sound snapshotter they
 * are made on.
 */
export const brokenSnapshotters: Readonly<Record<string, BrokenSnapshotter>> = {
  "forgets to check that the parent is committed": {
    spoil: (sound) =>
      altered(sound, {
        prepare: (key, parent, options) =>
          unless("failed-precondition", sound.prepare(key, parent, options), () => sound.prepare(key, null, options)),
      }),
    noticedBy: ["prepare and view reject an active parent with failed-precondition"],
  },

  "shares the files of all that were prepared on one parent": {
    spoil: (sound) => {
      const first = new Map<string | null, readonly Mount[]>();
      const prepare = async (key: string, parent: string | null, options?: SnapshotOptions) => {
        const own = await sound.prepare(key, parent, options);
        const shared = first.get(parent) ?? own;
        first.set(parent, shared);
        return shared;
      };
      return altered(sound, { prepare });
    },
    noticedBy: ["prepare of many keys at once makes each, with mounts of its own"],
  },

  "lets a second caller have a key that is in use": {
    spoil: (sound) =>
      altered(sound, {
        prepare: (key, parent, options) =>
          unless("already-exists", sound.prepare(key, parent, options), () => sound.mounts(key)),
      }),
    noticedBy: [
      "prepare and view reject a key in use by an active snapshot with already-exists",
      "prepare of one key by 64 callers at once has exactly one winner, the others get already-exists",
    ],
  },

  "keeps the key after commit": {
    spoil: (sound) =>
      altered(sound, {
        commit: async (name, key, options) => {
          await sound.commit(name, key, options);
          await sound.prepare(key, null);
        },
      }),
    noticedBy: ["commit consumes the key: a second one rejects with not-found"],
  },

  "lets a view be committed": {
    spoil: (sound) =>
      altered(sound, {
        commit: (name, key, options) =>
          unless("failed-precondition", sound.commit(name, key, options), async () => {
            await sound.remove(key);
            await sound.prepare(key, null);
            await sound.commit(name, key, options);
          }),
      }),
    noticedBy: ["commit rejects a view with failed-precondition and leaves it"],
  },

  "gives the labels of the key to the name": {
    spoil: (sound) =>
      altered(sound, {
        commit: async (name, key, options) => {
          const { labels } = await sound.stat(key);
          await sound.commit(name, key, options);
          await sound.update(name, { labels });
        },
      }),
    noticedBy: ["commit does not inherit the labels of the key"],
  },

  "consumes the key of a commit that fails": {
    spoil: (sound) =>
      altered(sound, {
        commit: async (name, key, options) => {
          await sound.commit(name, key, options).catch(async (error: unknown) => {
            await sound.remove(key).catch(() => {});
            throw error;
          });
        },
      }),
    noticedBy: ["commit rejects a name in use with already-exists and leaves the key as it was"],
  },

  "keeps labels in a plain object": {
    spoil: (sound) =>
      altered(sound, {
        prepare: (key, parent, options) => sound.prepare(key, parent, { ...options, ...plainLabels(options?.labels) }),
      }),
    noticedBy: ["prepare keeps labels byte for byte, __proto__ among their keys"],
  },

  "says that a parent is removed though it is not": {
    spoil: (sound) =>
      altered(sound, {
        remove: (name, options) => unless("failed-precondition", sound.remove(name, options), async () => {}),
      }),
    noticedBy: [
      "remove rejects a parent with failed-precondition, says how many children it has, and changes nothing",
      "remove takes a chain from its top to its bottom only",
    ],
  },

  "forgets that a view is readonly": {
    spoil: (sound) => altered(sound, { view: (key, parent, options) => sound.prepare(key, parent, options) }),
    noticedBy: ["view makes an active, readonly snapshot whose mounts say ro"],
  },

  "orders a walk by UTF-16 units": {
    spoil: (sound) =>
      altered(sound, {
        walk: async function* (filter) {
          const all: SnapshotInfo[] = await collect(sound.walk(filter));
          yield* all.sort((one, other) => (one.name < other.name ? -1 : 1));
        },
      }),
    noticedBy: ["walk is ordered by the UTF-8 bytes of the names"],
  },

  "replaces all labels though one is named": {
    spoil: (sound) =>
      altered(sound, {
        update: (name, change, options) => sound.update(name, change, { ...options, fieldPaths: ["labels"] }),
      }),
    noticedBy: [
      "update of labels.KEY sets or deletes that label alone",
      "update rejects every other path with invalid-argument and changes nothing",
    ],
  },

  "answers after close": {
    spoil: (sound) => altered(sound, { close: async () => {} }),
    noticedBy: ["stat rejects after close with failed-precondition"],
  },

  "ignores signals": {
    spoil: (sound) =>
      altered(sound, {
        prepare: (key, parent, options) => sound.prepare(key, parent, { labels: options?.labels ?? new Map() }),
      }),
    noticedBy: ["prepare rejects with the reason of a signal that has aborted, and changes nothing"],
  },

  "says invalid-argument where nothing is found": {
    spoil: (sound) =>
      altered(sound, {
        stat: (name, options) =>
          unless("not-found", sound.stat(name, options), () => {
            throw new OperationError("invalid-argument", { type: "snapshot", id: name }, "does not exist");
          }),
      }),
    noticedBy: ["stat rejects an unknown name with not-found"],
  },
};

/** A snapshotter that does as `sound` does, except for `change`. */
function altered(sound: Snapshotter, change: Partial<Snapshotter>): Snapshotter {
  return {
    capabilities: sound.capabilities,
    prepare: (...args) => sound.prepare(...args),
    view: (...args) => sound.view(...args),
    mounts: (...args) => sound.mounts(...args),
    commit: (...args) => sound.commit(...args),
    remove: (...args) => sound.remove(...args),
    stat: (...args) => sound.stat(...args),
    update: (...args) => sound.update(...args),
    usage: (...args) => sound.usage(...args),
    walk: (...args) => sound.walk(...args),
    close: () => sound.close(),
    ...change,
  };
}

async function unless<T>(kind: OperationError["kind"], call: Promise<T>, instead: () => Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isOperationError(error, kind)) {
      return instead();
    }
    throw error;
  }
}

function plainLabels(labels: Labels = new Map()): { readonly labels: Labels } {
  const plain: Record<string, string> = {};
  for (const [key, value] of labels) {
    plain[key] = value;
  }
  return { labels: new Map(Object.entries(plain)) };
}
