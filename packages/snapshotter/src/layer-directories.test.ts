import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../conformance/scratch-directory.ts";
import { LayerDirectories } from "./layer-directories.ts";

async function openIn(test: TestContext): Promise<{ readonly root: string; readonly directories: LayerDirectories }> {
  const root = await scratchDirectory(test);
  const directories = new LayerDirectories(root, {});
  test.after(() => directories.close());
  await directories.list();
  return { root, directories };
}

describe("LayerDirectories", () => {
  it("makes parts of mode 0755 whatever the umask, in a directory for the owner alone", async (test) => {
    const { root, directories } = await openIn(test);
    const umask = process.umask(0o077);
    await directories.make(1, ["fs", "work"], () => {}).finally(() => process.umask(umask));
    await directories.sync(1);
    const modes = ["1", "1/fs", "1/work"].map(async (path) => (await stat(join(root, "snapshots", path))).mode & 0o777);
    assert.deepEqual(await Promise.all(modes), [0o700, 0o755, 0o755]);
  });

  it("names the point behind each step", async (test) => {
    const { directories } = await openIn(test);
    const points: string[] = [];
    await directories.make(1, ["fs", "work"], (point) => points.push(point));
    assert.deepEqual(points, ["layer.mkdir", "layer.mkdir.fs", "layer.mkdir.work"]);
  });

  it("lists ids alone, whatever else lies there", async (test) => {
    const { root, directories } = await openIn(test);
    await directories.make(12, [], () => {});
    for (const name of ["x", "01", "0", "1.5", "-1"]) {
      await writeFile(join(root, "snapshots", name), "");
    }
    assert.deepEqual(await directories.list(), [12]);
  });

  it("demands a directory: its absence, or a file in its place, is data-loss", async (test) => {
    const { root, directories } = await openIn(test);
    await directories.make(1, [], () => {});
    await rejectsWith("data-loss", directories.demand(1, "fs"));
    await writeFile(join(root, "snapshots/1/fs"), "");
    await rejectsWith("data-loss", directories.demand(1, "fs"));
  });

  it("refuses to make a layer over another one, and removes one", async (test) => {
    const { root, directories } = await openIn(test);
    await directories.make(1, ["fs"], () => {});
    await rejectsWith(
      "internal",
      directories.make(1, ["fs"], () => {}),
    );
    await directories.remove(1, () => {});
    assert.deepEqual(await readdir(join(root, "snapshots")), []);
  });
});
