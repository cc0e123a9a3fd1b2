import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { describeMount, openMountTarget } from "./mount-target.ts";
import { testDirectory } from "./testing/directory.ts";

describe("openMountTarget", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();
  mkdirSync(join(root, "tree", "a", "b"), { recursive: true });
  mkdirSync(join(root, "outside"));
  const tree = join(root, "tree");

  const placeOf = (subPath: string): string => {
    using target = openMountTarget(tree, subPath);
    return target.realPath;
  };

  it("finds the root and what lies below it", () => {
    assert.equal(placeOf(""), tree);
    assert.equal(placeOf("a/b"), join(tree, "a", "b"));
    assert.equal(placeOf("/a/b"), join(tree, "a", "b"));
  });

  it("never leaves the root", () => {
    symlinkSync(join(root, "outside"), join(tree, "absolute"));
    symlinkSync("../outside", join(tree, "relative"));
    symlinkSync("/proc/self/root", join(tree, "magic"));
    assert.equal(placeOf("../../.."), tree);
    assert.equal(placeOf("a/../../a"), join(tree, "a"));
    for (const name of ["absolute", "relative", "magic"]) assert.throws(() => placeOf(name), { errno: "ENOENT" });
  });

  it("holds the place when its name goes to something else", () => {
    using target = openMountTarget(tree, "a");
    renameSync(join(tree, "a"), join(tree, "moved"));
    mkdirSync(join(tree, "a"));
    writeFileSync(join(tree, "a", "impostor"), "");
    assert.deepEqual(readdirSync(target.path), ["b"]);
  });

  it("takes a file as the root", () => {
    writeFileSync(join(root, "file"), "");
    using target = openMountTarget(join(root, "file"), "");
    assert.equal(target.realPath, join(root, "file"));
  });

  it("closes what it opened, also after a failure", () => {
    const before = readdirSync("/proc/self/fd").length;
    assert.throws(() => openMountTarget(tree, "missing"));
    assert.throws(() => openMountTarget(join(root, "missing"), ""), { code: "ENOENT" });
    placeOf("");
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });

  it("is named in messages by where it is", () => {
    using target = openMountTarget(tree, "");
    const bind = { type: "bind", source: "/src", target: "", options: [] };
    assert.equal(describeMount(bind, target), `mount bind of "/src" on "${tree}"`);
    assert.equal(describeMount({ ...bind, type: "tmpfs" }, target), `mount tmpfs on "${tree}"`);
  });
});
