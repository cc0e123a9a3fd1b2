import assert from "node:assert/strict";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runCase, snapshotterSuite } from "@gantry/api/testing";
import type { DriverCall, Layer, SnapshotDriver } from "../src/driver.ts";
import { openNativeDriver } from "../src/drivers/native/native.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

interface BrokenDriver {
  readonly spoil: (sound: SnapshotDriver, root: string) => Partial<SnapshotDriver>;
  readonly noticedBy: string;
}

/** Mistakes with files that a driver could make, on top of the sound native one, which keeps a tree in snapshots/ID/fs. */
const brokenDrivers: Readonly<Record<string, BrokenDriver>> = {
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
};

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

describe("the snapshotter suite notices a driver that", { skip: whyNoMounts() ?? false }, () => {
  for (const [mistake, { spoil, noticedBy }] of Object.entries(brokenDrivers)) {
    it(`${mistake}, by "${noticedBy}"`, async () => {
      const openBroken = async (root: string) => {
        const sound = await openNativeDriver(root);
        const methods: SnapshotDriver = {
          capabilities: sound.capabilities,
          make: (layer, call) => sound.make(layer, call),
          mounts: (layer) => sound.mounts(layer),
          seal: (layer, call) => sound.seal(layer, call),
          usage: (layer, call) => sound.usage(layer, call),
          remove: (id, call) => sound.remove(id, call),
          list: () => sound.list(),
          close: () => sound.close(),
        };
        return { ...methods, ...spoil(sound, root) };
      };
      const body = snapshotterSuite(() => openOnDisk(openBroken)).get(noticedBy) ?? assert.fail("no such case");
      const outcome = await runCase(body);
      assert.equal(outcome.status, "fail");
      // A mistake that breaks the harness would prove nothing.
      assert.ok(
        outcome.status === "fail" && outcome.error instanceof assert.AssertionError,
        String(outcome.status === "fail" && outcome.error),
      );
    });
  }
});
