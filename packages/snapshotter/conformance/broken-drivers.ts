import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, copyFile, cp, mkdir, readFile, rm, rmdir, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { getXattr, removeXattr } from "@gantry/sys/at";
import type { DriverCall, Layer, SnapshotDriver } from "../src/driver.ts";

/** A mistake that a driver could make. */
export interface BrokenDriver {
  /** The methods that have the mistake, on top of a sound native driver whose root is `root`. */
  readonly spoil: (sound: SnapshotDriver, root: string) => Partial<SnapshotDriver>;
  /** Title of the case that notices. */
  readonly noticedBy: string;
}

/** Mistakes with files that a driver could make, on top of the sound native one, which keeps a tree in snapshots/ID/fs. */
export const brokenDrivers: Readonly<Record<string, BrokenDriver>> = {
  "starts a child from nothing": {
    spoil: (sound) => ({ make: (layer, call) => sound.make({ ...layer, ancestors: [] }, call) }),
    noticedBy: "prepare shows exactly the tree of its parent",
  },

  "lets a child write into its parent": {
    spoil: (sound) => ({
      mounts: (layer) => sound.mounts({ ...layer, id: layer.ancestors[0] ?? layer.id, ancestors: [] }),
    }),
    noticedBy: "writes of a child reach neither its parent nor its siblings",
  },

  "shows a view by mounts that take writes": {
    spoil: (sound) => ({
      mounts: async (layer) =>
        (await sound.mounts(layer)).map((mount) => ({
          ...mount,
          options: mount.options.map((option) => (option === "ro" ? "rw" : option)),
        })),
    }),
    noticedBy: "a view refuses every write",
  },

  "copies each name of a file for itself": {
    spoil: (sound, root) => ({ make: (layer, call) => makeByPlainCopy({ sound, root }, layer, call) }),
    noticedBy: "hard links of one layer stay one file in the child",
  },

  "loses the owners of files": {
    spoil: (sound, root) => ({ make: (layer, call) => makeByPlainCopy({ sound, root }, layer, call) }),
    noticedBy: "commit captures changes of owner alone, of directories and files",
  },

  "measures once and never again": {
    spoil: (sound) => {
      let first: ReturnType<SnapshotDriver["usage"]> | undefined;
      return { usage: (layer, call) => (first ??= sound.usage(layer, call)) };
    },
    noticedBy: "usage of an active snapshot follows what is written and removed",
  },

  "leaves the files of a removed key to its successor": {
    spoil: (sound) => ({
      mounts: (layer) => sound.mounts({ ...layer, id: 1, ancestors: [] }),
      remove: async () => {},
    }),
    noticedBy: "a removed key leaves nothing to its successor",
  },

  "has all children of a parent write into one directory": {
    spoil: (sound) => {
      const first = new Map<number, number>();
      return {
        mounts: (layer) => {
          const [parent] = layer.ancestors;
          if (parent === undefined || layer.readonly) {
            return sound.mounts(layer);
          }
          const id = first.get(parent) ?? layer.id;
          first.set(parent, id);
          return sound.mounts({ ...layer, id });
        },
      };
    },
    noticedBy: "writes of a child reach neither its parent nor its siblings",
  },

  "leaves the place where it worked after an abort": {
    spoil: (sound, root) => ({
      async make(layer, call) {
        const place = join(root, `snapshots/new-${layer.id}`);
        await mkdir(place);
        await sound.make(layer, call);
        call.signal?.throwIfAborted();
        await rmdir(place);
      },
    }),
    noticedBy: "prepare that is refused or aborted leaves nothing of its work",
  },

  "loses the attributes of users": {
    spoil: spoilCopies(({ own }) => forget(own, "user.gantry.test")),
    noticedBy: "attributes of users are kept over layers, and with the files that have them",
  },

  "loses trusted attributes": {
    spoil: spoilCopies(({ own }) => forget(own, "trusted.gantry.test")),
    noticedBy: "trusted attributes are kept over layers, and with the files that have them",
  },

  "loses the capabilities of programs, as a change of owner does": {
    spoil: spoilCopies(async ({ own }) => chown(join(own, "file"), 0, 0)),
    noticedBy: "capabilities of programs are kept over layers, and with the files that have them",
  },

  "takes an empty attribute for none": {
    spoil: spoilCopies(({ own }) => forget(own, "user.empty")),
    noticedBy: "an empty attribute is kept, and is not the same as none",
  },

  "fills holes in files": {
    spoil: spoilCopies(async ({ own }) => writeFile(join(own, "sparse"), await readFile(join(own, "sparse")))),
    noticedBy: "holes in files stay holes in the child",
  },

  "keeps times in whole seconds": {
    spoil: spoilCopies(({ own }) => utimes(join(own, "file"), 1_000_000_000, 1_000_000_000)),
    noticedBy: "times of files, with their nanoseconds, reach the child",
  },

  "dates directories by when they were copied": {
    spoil: spoilCopies(({ own }) => utimes(join(own, "directory/inner"), new Date(), new Date())),
    noticedBy: "times of directories reach the child",
  },

  "makes a FIFO of every special file": {
    spoil: spoilCopies(async ({ own }) => {
      await unlink(join(own, "null"));
      await promisify(execFile)("mkfifo", [join(own, "null")]);
    }),
    noticedBy: "device nodes reach the child with their numbers, and can be changed there",
  },

  "takes the set-user-ID bit away": {
    spoil: spoilCopies(({ own }) => chmod(join(own, "setuid"), 0o755)),
    noticedBy: "prepare shows exactly the tree of its parent",
  },

  "brings back what a child removed": {
    spoil: spoilCommits(({ own, parent }) => cp(parent, own, { recursive: true, force: false })),
    noticedBy: "a file removed in a child is gone in the view and the grandchild, and stays in the parent",
  },

  "takes a file of the same size and time for unchanged": {
    spoil: spoilCommits(({ own, parent }) => copyFile(join(parent, "file"), join(own, "file"))),
    noticedBy: "commit captures a change of content that leaves size and time as they were",
  },
};

interface Trees {
  /** Root of the tree of the snapshot. */
  readonly own: string;
  /** Root of its parent's. */
  readonly parent: string;
}

type Spoil = BrokenDriver["spoil"];

/** Does `harm` to the tree of each writable snapshot on a parent when it has been made. */
function spoilCopies(harm: (trees: Trees) => Promise<void>): Spoil {
  return (sound, root) => ({
    async make(layer, call) {
      await sound.make(layer, call);
      await onTreesOf(root, layer, harm);
    },
  });
}

/** Does `harm` to the tree of each writable snapshot on a parent when it is committed. */
function spoilCommits(harm: (trees: Trees) => Promise<void>): Spoil {
  return (sound, root) => ({
    async seal(layer, call) {
      await onTreesOf(root, layer, harm);
      return sound.seal(layer, call);
    },
  });
}

async function onTreesOf(root: string, layer: Layer, harm: (trees: Trees) => Promise<void>): Promise<void> {
  const [parent] = layer.ancestors;
  if (parent !== undefined && !layer.readonly) {
    await harm({ own: join(root, `snapshots/${layer.id}/fs`), parent: join(root, `snapshots/${parent}/fs`) });
  }
}

/** Removes an attribute from the file that the cases give it to, once that is there. */
async function forget(own: string, name: string): Promise<void> {
  const path = join(own, "file");
  if (existsSync(path) && getXattr(path, name) !== null) {
    removeXattr(path, name);
  }
}

/** A copy as a program would make it that thinks of content, names and modes alone. */
async function makeByPlainCopy(
  { sound, root }: { readonly sound: SnapshotDriver; readonly root: string },
  layer: Layer,
  call: DriverCall,
): Promise<void> {
  const [parent] = layer.ancestors;
  if (parent === undefined || layer.readonly) {
    return sound.make(layer, call);
  }
  const to = join(root, `snapshots/${layer.id}/fs`);
  await mkdir(join(to, ".."));
  await cp(join(root, `snapshots/${parent}/fs`), to, { recursive: true, verbatimSymlinks: true });
  await rm(join(to, "kept socket"), { force: true });
}
