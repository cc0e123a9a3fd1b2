import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mountAll } from "./mount-all.ts";
import { listMounts } from "./mount-info.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { unmountAll } from "./unmount.ts";

describe("unmountAll", { skip: needsRoot }, () => {
  const root = testDirectory();
  let count = 0;
  const fresh = (name = "place") => {
    const path = join(root, `${count++}-${name}`);
    mkdirSync(path);
    return path;
  };
  const tmpfs = (target: string) => mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], target);

  it("succeeds where nothing is mounted, nothing exists, or a parent is a file", async () => {
    const place = fresh();
    writeFileSync(join(place, "file"), "");
    await unmountAll(place);
    await unmountAll(join(place, "missing", "deeper"));
    await unmountAll(join(place, "file", "below"));
  });

  it("removes mounts below, the deepest first", async () => {
    const place = fresh();
    await tmpfs(place);
    mkdirSync(join(place, "a"));
    await tmpfs(join(place, "a"));
    mkdirSync(join(place, "a", "b"));
    await tmpfs(join(place, "a", "b"));
    await unmountAll(place);
    assert.deepEqual(await listMounts(place), []);
  });

  it("removes all of several mounts on one place, and those that they cover", async () => {
    const place = fresh();
    await tmpfs(place);
    mkdirSync(join(place, "covered"));
    await tmpfs(join(place, "covered"));
    await tmpfs(place);
    await tmpfs(place);
    await unmountAll(place);
    assert.deepEqual(await listMounts(place), []);
  });

  it("takes names with spaces, tabs, newlines and backslashes", async () => {
    const place = fresh("a b\tc\nd\\e");
    await tmpfs(place);
    assert.equal((await listMounts(place)).length, 1);
    await unmountAll(place);
    assert.deepEqual(await listMounts(place), []);
  });

  it("leaves a neighbour alone whose name begins the same", async () => {
    const place = fresh();
    const neighbour = `${place}-more`;
    mkdirSync(neighbour);
    await tmpfs(neighbour);
    await unmountAll(place);
    assert.equal((await listMounts(neighbour)).length, 1);
  });

  it("follows symbolic links on the way, but not at the end", async () => {
    const place = fresh();
    await tmpfs(place);
    const link = join(root, "link");
    symlinkSync(place, link);
    await unmountAll(link);
    assert.equal((await listMounts(place)).length, 1);
    mkdirSync(join(place, "below"));
    await tmpfs(join(place, "below"));
    await unmountAll(join(link, "below"));
    assert.equal((await listMounts(place)).length, 1);
  });

  it("detaches a mount that stays busy", async () => {
    const place = fresh();
    await tmpfs(place);
    writeFileSync(join(place, "file"), "");
    const fd = openSync(join(place, "file"), "r");
    try {
      await unmountAll(place);
      assert.deepEqual(await listMounts(place), []);
    } finally {
      closeSync(fd);
    }
  });

  it("may be called twice at once for one place", async () => {
    const place = fresh();
    for (let layer = 0; layer < 5; layer++) await tmpfs(place);
    await Promise.all([unmountAll(place), unmountAll(place)]);
    assert.deepEqual(await listMounts(place), []);
  });
});
