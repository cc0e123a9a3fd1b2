import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmod,
  chown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CaseGroup } from "../suite.ts";
import { commitTree, onTrees, type SnapshotterHarness, viewTree } from "./harness.ts";
import { readTree } from "./read-tree.ts";

const run = promisify(execFile);

const mebibyte = 1024 * 1024;

/** What files are besides their content and their names. */
export const metadataCases: CaseGroup<SnapshotterHarness> = {
  "times of files, with their nanoseconds, reach the child": onTrees(async (harness) => {
    const time = 1_000_000_000.25;
    let written = 0n;
    await commitTree(harness, "base", null, async (root) => {
      await writeFile(join(root, "file"), "x");
      await utimes(join(root, "file"), time, time);
      await symlink("file", join(root, "link"));
      await lutimes(join(root, "link"), time, time);
      await writeFile(join(root, "written"), "x");
      written = await mtimeOf(join(root, "written"));
    });
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      assert.equal(await mtimeOf(join(root, "file")), 1_000_000_000_250_000_000n);
      assert.equal(await mtimeOf(join(root, "link")), 1_000_000_000_250_000_000n);
      // Node sets times as fractions of a second only; a clock fills all nine digits.
      assert.equal(await mtimeOf(join(root, "written")), written);
      await chmod(join(root, "written"), 0o600);
      assert.equal(await mtimeOf(join(root, "written")), written, "a change of mode is none of content");
    });
  }),

  "times of directories reach the child": onTrees(async (harness) => {
    const time = 1_000_000_000;
    await commitTree(harness, "base", null, async (root) => {
      await mkdir(join(root, "directory/inner"), { recursive: true });
      await writeFile(join(root, "directory/inner/file"), "x");
      await utimes(join(root, "directory/inner"), time, time);
      await utimes(join(root, "directory"), time, time);
    });
    await commitTree(harness, "top", "base", (root) => chmod(join(root, "directory"), 0o700));
    await viewTree(harness, "top", async (root) => {
      assert.equal(await mtimeOf(join(root, "directory")), 1_000_000_000_000_000_000n);
      assert.equal(await mtimeOf(join(root, "directory/inner")), 1_000_000_000_000_000_000n);
    });
  }),

  "hard links of one layer stay one file in the child": onTrees(async (harness) => {
    await commitTree(harness, "base", null, async (root) => {
      await mkdir(join(root, "etc"));
      await writeFile(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
      await link(join(root, "etc/passwd"), join(root, "second name"));
      await symlink("nowhere", join(root, "link"));
      await link(join(root, "link"), join(root, "etc/link"));
    });
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      for (const [one, two] of [
        ["etc/passwd", "second name"],
        ["link", "etc/link"],
      ] as const) {
        const stats = await lstat(join(root, one));
        assert.equal(stats.ino, (await lstat(join(root, two))).ino, one);
        assert.equal(stats.nlink, 2, one);
      }
    });
  }),

  "hard links of one layer can be written by one name and read by the other": onTrees(async (harness) => {
    await harness.withTree(await harness.snapshotter.prepare("key", null), async (root) => {
      await writeFile(join(root, "one"), "old");
      await link(join(root, "one"), join(root, "two"));
      await writeFile(join(root, "two"), "new");
    });
    await harness.snapshotter.commit("name", "key");
    await viewTree(harness, "name", async (root) => {
      assert.equal(await readFile(join(root, "one"), "utf8"), "new");
      assert.equal((await stat(join(root, "one"))).nlink, 2);
    });
  }),

  "sockets reach the child": onTrees(async (harness) => {
    await commitTree(harness, "base", null, async (root) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
      // Closing takes the name away; a second one stays.
      await link(join(root, "socket"), join(root, "kept socket"));
      await new Promise((resolve) => server.close(resolve));
    });
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      assert.ok((await lstat(join(root, "kept socket"))).isSocket());
    });
  }),

  "holes in files stay holes in the child": onTrees(async (harness) => {
    await commitTree(harness, "base", null, async (root) => {
      const file = await open(join(root, "sparse"), "w");
      await file.write("begin", 0);
      await file.write("end", 8 * mebibyte);
      await file.truncate(16 * mebibyte);
      await file.sync();
      await file.close();
    });
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      const { size, blocks } = await lstat(join(root, "sparse"));
      assert.equal(size, 16 * mebibyte);
      assert.ok(blocks * 512 < mebibyte, `${blocks} blocks`);
      const file = await open(join(root, "sparse"), "r");
      const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 8 * mebibyte - 2);
      await file.close();
      assert.equal(buffer.toString("latin1"), "\0\0end\0\0\0");
    });
  }),

  "FIFOs reach the child, and can be changed there": onTrees(async (harness) => {
    await keepsNodes(harness, async (root) => {
      await run("mkfifo", [join(root, "fifo")]);
      return true;
    });
  }),

  "device nodes reach the child with their numbers, and can be changed there": onTrees(async (harness, context) => {
    await keepsNodes(harness, async (root) => {
      try {
        await run("mknod", [join(root, "null"), "c", "1", "3"]);
        await run("mknod", [join(root, "high numbers"), "b", "259", "70000"]);
        return true;
      } catch {
        context.skip("device nodes cannot be made here");
        return false;
      }
    });
  }),
};

/** Checks that what `make` makes is the same in a child, and that a change of mode and owner there stays there. */
async function keepsNodes(
  harness: Parameters<typeof commitTree>[0],
  make: (root: string) => Promise<boolean>,
): Promise<void> {
  let made: ReadonlyMap<string, string> = new Map();
  let possible = false;
  await commitTree(harness, "base", null, async (root) => {
    possible = await make(root);
    made = await readTree(root);
  });
  if (!possible) {
    return;
  }
  let changed: ReadonlyMap<string, string> = new Map();
  await commitTree(harness, "top", "base", async (root) => {
    assert.deepEqual(await readTree(root), made);
    for (const name of made.keys()) {
      await chown(join(root, name), 12, 34);
      await chmod(join(root, name), 0o710);
    }
    changed = await readTree(root);
  });
  assert.notDeepEqual(changed, made);
  assert.deepEqual(await viewTree(harness, "top", readTree), changed);
  assert.deepEqual(await viewTree(harness, "base", readTree), made);
}

async function mtimeOf(path: string): Promise<bigint> {
  return (await lstat(path, { bigint: true })).mtimeNs;
}
