import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isOperationError, type Snapshotter } from "@gantry/api";
import { mountAll, unmountAll } from "@gantry/sys";
import type { LocalSnapshotter } from "../src/snapshotter.ts";
import { checkInvariants, checkRecords } from "./crash-invariants.ts";
import { stateOf } from "./crash-scenario.ts";
import { digestTree, withMounts, writeTree } from "./crash-tree.ts";
import { openRoot } from "./crash-walk.ts";
import { type Resource, roomOn } from "./full-disk-room.ts";
import { whyNoMounts } from "./harness.ts";
import { loopVolume, whyNoLoop } from "./loop-volume.ts";

/** Small, since all of it is written in each round. */
const ext4 = { type: "ext4", package: "e2fsprogs", sizeBytes: 8 * 1024 * 1024, flags: ["-q"] } as const;

interface FullDisk {
  readonly title: string;
  readonly skip: string | undefined;
  readonly resource: Resource;
  /** What is left free, in units of the resource, in one round each. */
  readonly rounds: readonly number[];
  /** Called while the tests are declared; gives what makes an empty directory on the file system. */
  readonly declareDirectory: () => () => Promise<string>;
}

const fullDisks: readonly FullDisk[] = [
  {
    title: "tmpfs without blocks",
    skip: whyNoMounts(),
    resource: "blocks",
    rounds: [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48],
    declareDirectory: () => tmpfs("size=4m"),
  },
  {
    title: "tmpfs without inodes",
    skip: whyNoMounts(),
    resource: "inodes",
    rounds: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    declareDirectory: () => tmpfs("nr_inodes=100"),
  },
  {
    title: "ext4 without blocks",
    skip: whyNoLoop(ext4),
    resource: "blocks",
    // Blocks of 1024 bytes.
    rounds: [0, 2, 5, 10, 24, 48],
    declareDirectory() {
      const volume = loopVolume(ext4);
      return async () => (await volume.makePlace()).directory;
    },
  },
];

function tmpfs(limit: string): () => Promise<string> {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-full-"));
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [limit] }], directory);
  });
  after(async () => {
    await unmountAll(directory);
    await rm(directory, { recursive: true });
  });
  return async () => directory;
}

/** Calls that need room, each on what the calls before it may have made; `makes` is the name that it gives. */
const calls: readonly { readonly makes: string; readonly perform: (snapshotter: Snapshotter) => Promise<unknown> }[] = [
  { makes: "on base", perform: (snapshotter) => snapshotter.prepare("on base", "base") },
  { makes: "on nothing", perform: (snapshotter) => snapshotter.prepare("on nothing", null) },
  { makes: "look", perform: (snapshotter) => snapshotter.view("look", "base") },
  { makes: "committed", perform: (snapshotter) => snapshotter.commit("committed", "on base") },
];

for (const { title, skip, resource, rounds, declareDirectory } of fullDisks) {
  for (const driver of ["overlay", "native"]) {
    describe(`full disks: ${driver} on ${title}`, { skip: skip ?? false }, () => {
      const makeDirectory = declareDirectory();

      it("end calls with resource-exhausted or success, never in between, and do not keep from removing", async (test) => {
        const directory = await makeDirectory();
        const root = join(directory, "root");
        const room = roomOn(directory, resource);
        const snapshotter = await openRoot({ root, driver });
        try {
          const digests = new Map([["base", await commitBase(snapshotter)]]);
          const atFirst = await stateOf(snapshotter);
          for (const units of rounds) {
            await snapshotter.prepare("there before", "base");
            await room.leave(units);
            const failed = await performAll(snapshotter);
            test.diagnostic(`${units} left: ${calls.length - failed.length} of ${calls.length} calls succeed`);
            // Used to reject as well: the log of the records had no room for the removal.
            await removeAll(snapshotter);
            await room.giveBack();
            assert.deepEqual(await performAll(snapshotter), [], `with room again after ${units}`);
            digests.set("committed", await digestOf(snapshotter, "committed"));
            await checkInvariants({ snapshotter, root, driver, digests });
            await removeAll(snapshotter);
            await snapshotter.cleanup();
            assert.equal(await stateOf(snapshotter), atFirst);
          }
        } finally {
          await snapshotter.close();
        }
        checkRecords(root);
      });

      it("can be opened, or refuse it with resource-exhausted, and are open again when there is room", async () => {
        const directory = await makeDirectory();
        const root = join(directory, "reopened");
        const room = roomOn(directory, resource);
        await reopen(root);
        // Without an inode for it a file cannot be opened, and SQLite does not say why.
        const kinds = ["resource-exhausted", ...(resource === "inodes" ? ["permission-denied" as const] : [])] as const;
        for (const units of rounds) {
          await room.leave(units);
          // Used to end the process by SIGBUS, where SQLite mapped a file in which the disk had no room for some pages.
          await reopen(root).catch((error: unknown) => {
            assert.ok(isOperationError(error, ...kinds), `${units} left: ${error}`);
          });
          await room.giveBack();
          await reopen(root);
        }
        checkRecords(root);
        await rm(root, { recursive: true });
      });

      async function reopen(root: string): Promise<void> {
        const snapshotter = await openRoot({ root, driver });
        await snapshotter.close();
      }
    });
  }
}

/** Returns the digest of its tree. */
async function commitBase(snapshotter: LocalSnapshotter): Promise<string> {
  const digest = await withMounts(await snapshotter.prepare("key", null), async (path) => {
    await writeTree(path, "base");
    return digestTree(path);
  });
  await snapshotter.commit("base", "key");
  return digest;
}

async function digestOf(snapshotter: Snapshotter, name: string): Promise<string> {
  const mounts = await snapshotter.view("digested", name);
  const digest = await withMounts(mounts, digestTree);
  await snapshotter.remove("digested");
  return digest;
}

/** Returns which calls have failed, and checks that nothing is there of what they would have made. */
async function performAll(snapshotter: Snapshotter): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { makes, perform } of calls) {
    const before = await stateOf(snapshotter);
    try {
      await perform(snapshotter);
    } catch (error) {
      const isDependent = failed.length > 0 && isOperationError(error, "not-found");
      assert.ok(isDependent || isOperationError(error, "resource-exhausted"), `${makes}: ${error}`);
      assert.equal(await stateOf(snapshotter), before, `${makes} was rejected`);
      failed.push(makes);
    }
  }
  return failed;
}

async function removeAll(snapshotter: Snapshotter): Promise<void> {
  for (const { name } of await Array.fromAsync(snapshotter.walk())) {
    if (name !== "base") {
      await snapshotter.remove(name);
    }
  }
}
