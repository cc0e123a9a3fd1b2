import assert from "node:assert/strict";
import { readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseGroup } from "../suite.ts";
import { onTrees, type SnapshotterHarness, viewTree } from "./harness.ts";

const numberOfLayers = 128;

/** What images of many layers need. */
export const deepCases: CaseGroup<SnapshotterHarness> = {
  "128 layers that add, replace and remove show what a flat copy would": onTrees(async (harness) => {
    const { snapshotter, withTree } = harness;
    const flat = new Map<string, string>();
    let parent: string | null = null;
    for (let layer = 0; layer < numberOfLayers; layer += 1) {
      const key = `making ${layer}`;
      await withTree(await snapshotter.prepare(key, parent), async (root) => {
        assert.deepEqual(await readFlat(root), flat, `before layer ${layer}`);
        await changeFlat(root, flat, layer);
        assert.deepEqual(await readFlat(root), flat, `after layer ${layer}`);
      });
      parent = `layer ${layer}`;
      await snapshotter.commit(parent, key);
    }
    assert.deepEqual(await viewTree(harness, `layer ${numberOfLayers - 1}`, readFlat), flat);
    await withTree(await snapshotter.prepare("on top", parent), async (root) => {
      assert.deepEqual(await readFlat(root), flat);
    });
  }),
};

async function changeFlat(root: string, flat: Map<string, string>, layer: number): Promise<void> {
  const changes = new Map([
    [`added ${layer}`, `${layer}`],
    ["replaced", `by layer ${layer}`],
    [`sometimes ${layer % 7}`, `by layer ${layer}`],
  ]);
  for (const [name, content] of changes) {
    await writeFile(join(root, name), content);
    flat.set(name, content);
  }
  const removed = `added ${layer - 3}`;
  if (layer % 2 === 1 && flat.delete(removed)) {
    await unlink(join(root, removed));
  }
}

async function readFlat(root: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(root);
  const entries = names.map(async (name) => [name, await readFile(join(root, name), "utf8")] as const);
  return new Map(await Promise.all(entries));
}
