import assert from "node:assert/strict";
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { CaseGroup } from "../suite.ts";
import { commitTree, onTrees, type SnapshotterHarness, type TreeHarness, viewTree } from "./harness.ts";
import { readTree } from "./read-tree.ts";

/**
 * Commits one layer for each of `changes`, on top of each other, and checks after each that a view and a child show
 * exactly what its writer saw.
 *
 * @returns the tree of the top layer
 */
async function stack(
  harness: TreeHarness,
  changes: readonly ((root: string) => Promise<void>)[],
): Promise<ReadonlyMap<string, string>> {
  let parent: string | null = null;
  let tree: ReadonlyMap<string, string> = new Map();
  for (const [index, change] of changes.entries()) {
    const name = `layer ${index}`;
    const below = tree;
    await commitTree(harness, name, parent, async (root) => {
      if (parent !== null) {
        assert.deepEqual(await readTree(root), below, `layer ${index} begins as the one below it`);
      }
      await change(root);
      tree = await readTree(root);
    });
    parent = name;
    assert.deepEqual(await viewTree(harness, name, readTree), tree, `a view of ${name} shows what was written`);
  }
  const child = await harness.snapshotter.prepare("child of all", parent);
  assert.deepEqual(await harness.withTree(child, readTree), tree, "a child of the top layer begins as it");
  return tree;
}

export const layerCases: CaseGroup<SnapshotterHarness> = {
  "commit captures changes of content that keep the size, and changes of mode alone": onTrees(async (harness) => {
    const changes = Array.from({ length: 5 }, (_, index) => async (root: string) => {
      await writeFile(join(root, "content"), `round ${index}`);
      if (index === 0) {
        await writeFile(join(root, "mode"), "x");
      }
      await chmod(join(root, "mode"), 0o600 + index);
    });
    const tree = await stack(harness, changes);
    assert.match(tree.get("mode") ?? "", /^file 604 /);
  }),

  "commit captures a change of content that leaves size and time as they were": onTrees(async (harness) => {
    const write = (content: string) => async (root: string) => {
      await writeFile(join(root, "file"), content);
      await utimes(join(root, "file"), 1_000_000_000, 1_000_000_000);
    };
    await stack(harness, [write("one"), write("two")]);
    const content = await viewTree(harness, "layer 1", (root) => readFile(join(root, "file"), "utf8"));
    assert.equal(content, "two");
  }),

  "commit captures changes of owner alone, of directories and files": onTrees(async (harness) => {
    const tree = await stack(harness, [
      async (root) => {
        await mkdir(join(root, "opt/a/b"), { recursive: true });
        await writeFile(join(root, "opt/a/file"), "x");
      },
      async (root) => {
        await chown(join(root, "opt"), 1, 1);
        await chown(join(root, "opt/a/b"), 2, 2);
        await chown(join(root, "opt/a/file"), 3, 3);
      },
    ]);
    assert.match(tree.get("opt") ?? "", / 1:1$/);
    assert.match(tree.get("opt/a") ?? "", / 0:0$/);
    assert.match(tree.get("opt/a/file") ?? "", / 3:3 /);
  }),

  "commit keeps owner and mode of directories that are changed, removed and made anew": onTrees(async (harness) => {
    await stack(harness, [
      async (root) => {
        for (const name of ["one", "two", "three"]) {
          await mkdir(join(root, name, "sub"), { recursive: true });
          await chown(join(root, name), 1, 1);
          await chmod(join(root, name), 0o750);
        }
      },
      async (root) => {
        await chown(join(root, "one"), 5, 5);
        await rm(join(root, "two"), { recursive: true });
        await writeFile(join(root, "three/file"), "x");
      },
      async (root) => {
        await mkdir(join(root, "two"));
        await chown(join(root, "two"), 7, 7);
        await chmod(join(root, "two"), 0o2711);
        await chmod(join(root, "one/sub"), 0o700);
        await rm(join(root, "three"), { recursive: true });
      },
    ]);
  }),

  "a directory removed and made anew shows nothing of its former content": onTrees(async (harness) => {
    const tree = await stack(harness, [
      async (root) => {
        await mkdir(join(root, "directory/old"), { recursive: true });
        await writeFile(join(root, "directory/file"), "old");
      },
      async (root) => {
        await rm(join(root, "directory"), { recursive: true });
        await mkdir(join(root, "directory"));
        await writeFile(join(root, "directory/new"), "new");
      },
      (root) => writeFile(join(root, "directory/newer"), "newer"),
    ]);
    assert.deepEqual([...tree.keys()], [".", "directory", "directory/new", "directory/newer"]);
  }),

  "a file removed in a child is gone in the view and the grandchild, and stays in the parent": onTrees(
    async (harness) => {
      await stack(harness, [
        async (root) => {
          await mkdir(join(root, "etc"));
          await writeFile(join(root, "etc/gone"), "x");
          await writeFile(join(root, "etc/kept"), "x");
        },
        (root) => unlink(join(root, "etc/gone")),
        (root) => writeFile(join(root, "etc/more"), "x"),
        (root) => writeFile(join(root, "etc/gone"), "again"),
      ]);
      assert.deepEqual(await viewTree(harness, "layer 0", (root) => readdir(join(root, "etc"))), ["gone", "kept"]);
      assert.deepEqual(await viewTree(harness, "layer 1", (root) => readdir(join(root, "etc"))), ["kept"]);
    },
  ),

  "a file of the parent can be moved, or linked and its first name removed": onTrees(async (harness) => {
    const tree = await stack(harness, [
      async (root) => {
        await mkdir(join(root, "from"));
        await writeFile(join(root, "from/moved"), "moved");
        await writeFile(join(root, "from/linked"), "linked");
      },
      async (root) => {
        await mkdir(join(root, "to"));
        await rename(join(root, "from/moved"), join(root, "to/moved"));
        await link(join(root, "from/linked"), join(root, "to/linked"));
        await unlink(join(root, "from/linked"));
      },
    ]);
    assert.deepEqual([...tree.keys()], [".", "from", "to", "to/linked", "to/moved"]);
  }),

  "a file of the parent can be replaced by rename": onTrees(async (harness) => {
    await stack(harness, [
      async (root) => {
        await writeFile(join(root, "target"), "old");
        await writeFile(join(root, "source"), "new");
      },
      (root) => rename(join(root, "source"), join(root, "target")),
      async (root) => {
        await writeFile(join(root, "fresh"), "fresh");
        await rename(join(root, "fresh"), join(root, "target"));
      },
    ]);
    const content = await viewTree(harness, "layer 2", (root) => readFile(join(root, "target"), "utf8"));
    assert.equal(content, "fresh");
  }),

  "a directory of the parent can be renamed, or says EXDEV so that programs copy it": onTrees(async (harness) => {
    await stack(harness, [
      async (root) => {
        await mkdir(join(root, "old"));
        await writeFile(join(root, "old/file"), "x");
      },
      async (root) => {
        await rename(join(root, "old"), join(root, "new")).catch((error: unknown) => {
          assert.ok(error instanceof Error && "code" in error && error.code === "EXDEV", `${error}`);
        });
        await mkdir(join(root, "own"));
        await rename(join(root, "own"), join(root, "own renamed"));
      },
    ]);
  }),

  "a name can change its type from layer to layer": onTrees(async (harness) => {
    const name = "changing";
    await stack(harness, [
      (root) => writeFile(join(root, name), "file"),
      async (root) => {
        await unlink(join(root, name));
        await mkdir(join(root, name));
        await writeFile(join(root, name, "inside"), "x");
      },
      async (root) => {
        await rm(join(root, name), { recursive: true });
        await symlink("nowhere", join(root, name));
      },
      async (root) => {
        await unlink(join(root, name));
        await mkdir(join(root, name));
      },
      async (root) => {
        await rmdir(join(root, name));
        await writeFile(join(root, name), "file again");
      },
    ]);
  }),
};
