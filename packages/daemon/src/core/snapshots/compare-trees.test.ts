import assert from "node:assert/strict";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { removeXattr, setXattr } from "@gantry/sys/at";
import { compareTrees } from "./compare-trees.ts";

const skip = process.platform === "linux" ? false : "needs /proc/self/fd";

describe("compareTrees", { skip }, () => {
  let home = "";
  let before = "";
  let after = "";

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "gantry-compare-"));
    before = join(home, "before");
    after = join(home, "after");
    for (const root of [before, after]) mkdirSync(join(root, "d"), { recursive: true });
  });

  afterEach(() => rmSync(home, { recursive: true }));

  const put = (root: string, path: string, text: string, seconds = 1) => {
    writeFileSync(join(root, path), text);
    utimesSync(join(root, path), seconds, seconds);
  };
  const changes = (from: string | null = before) =>
    [...compareTrees(from, after)].map(({ kind, path }) => `${kind[0]} ${path}`);
  const openFiles = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(home);
      } catch {
        return false;
      }
    });

  it("finds nothing in equal trees, whatever the times of directories", () => {
    for (const root of [before, after]) put(root, "d/f", "x");
    utimesSync(join(after, "d"), 5, 5);
    assert.deepEqual(changes(), []);
  });

  it("lists everything against an empty tree, directories before what is in them", () => {
    put(after, "d/f", "x");
    put(after, "d-", "x");
    assert.deepEqual(changes(null), ["a /d", "a /d/f", "a /d-"]);
  });

  it("lists a removed directory alone", () => {
    mkdirSync(join(before, "gone/deep"), { recursive: true });
    assert.deepEqual(changes(), ["r /gone"]);
  });

  it("sees size, content, mode and link target", () => {
    for (const [name, text] of [
      ["size", "xy"],
      ["content", "y"],
      ["mode", "x"],
      ["touched", "x"],
    ] as const) {
      put(before, name, "x");
      put(after, name, text, 2);
    }
    chmodSync(join(after, "mode"), 0o4755);
    symlinkSync("a", join(before, "link"));
    symlinkSync("b", join(after, "link"));
    chmodSync(join(after, "d"), 0o700);
    assert.deepEqual(changes(), ["c /content", "c /d", "c /link", "c /mode", "c /size"]);
  });

  const root = process.getuid?.() === 0 ? false : "attributes in the trusted namespace need root";

  it("sees extended attributes that are added, changed and removed, of every type of entry", { skip: root }, () => {
    const names = ["added", "changed", "removed", "renamed", "same"];
    for (const tree of [before, after]) {
      for (const name of names) put(tree, name, "x");
      mkdirSync(join(tree, "directory"));
      symlinkSync("same", join(tree, "link"));
    }
    const set = (tree: string, name: string, value: string, attribute = "trusted.test") =>
      setXattr(join(tree, name), attribute, Buffer.from(value));
    for (const name of ["changed", "removed", "renamed", "same"]) set(before, name, "1");
    for (const name of ["added", "same", "directory", "link"]) set(after, name, "1");
    set(after, "changed", "2");
    set(after, "renamed", "1", "trusted.other");
    set(after, ".", "1");
    assert.deepEqual(changes(), [
      "c /",
      "c /added",
      "c /changed",
      "c /directory",
      "c /link",
      "c /removed",
      "c /renamed",
    ]);
    removeXattr(after, "trusted.test");
    for (const name of ["directory", "link", "added"]) removeXattr(join(after, name), "trusted.test");
    assert.deepEqual(changes(), ["c /changed", "c /removed", "c /renamed"]);
  });

  it("sees that a file was given a capability, and an access control list taken away", { skip: root }, () => {
    for (const name of ["capable", "listed"]) for (const tree of [before, after]) put(tree, name, "x");
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    setXattr(join(after, "capable"), "security.capability", capability);
    // Version 2; the owner, a user 1000, the group, the mask, others (linux/posix_acl_xattr.h).
    const entries = [0x01, 6, -1, 0x02, 4, 1000, 0x04, 4, -1, 0x10, 4, -1, 0x20, 4, -1];
    const list = Buffer.alloc(4 + 8 * 5);
    list.writeUInt32LE(2);
    for (let index = 0; index < 5; index += 1) {
      const [tag = 0, permissions = 0, id = 0] = entries.slice(3 * index);
      list.writeUInt16LE(tag, 4 + 8 * index);
      list.writeUInt16LE(permissions, 6 + 8 * index);
      list.writeInt32LE(id, 8 + 8 * index);
    }
    setXattr(join(before, "listed"), "system.posix_acl_access", list);
    assert.deepEqual(changes(), ["c /capable", "c /listed"]);
  });

  it("reads files that are longer than one piece to their end", () => {
    const text = "x".repeat(200_000);
    put(before, "long", `${text}a`);
    put(after, "long", `${text}b`, 2);
    put(before, "same", text);
    put(after, "same", text, 2);
    assert.deepEqual(changes(), ["c /long"]);
  });

  it("takes another type for a change, and lists what came below", () => {
    put(before, "x", "");
    mkdirSync(join(after, "x"));
    put(after, "x/f", "");
    mkdirSync(join(before, "y/below"), { recursive: true });
    put(after, "y", "");
    assert.deepEqual(changes(), ["c /x", "a /x/f", "c /y"]);
  });

  it("follows no symbolic link", () => {
    for (const root of [before, after]) symlinkSync(home, join(root, "up"));
    put(after, "real", "");
    linkSync(join(after, "real"), join(after, "second"));
    assert.deepEqual(changes(), ["a /real", "a /second"]);
  });

  it("shows the root's own change, and names that are no text", () => {
    chmodSync(after, 0o700);
    writeFileSync(Buffer.concat([Buffer.from(`${after}/n`), Buffer.from([0xff])]), "");
    writeFileSync(join(after, "ü"), "");
    assert.deepEqual(changes(), ["c /", "a /n�", "a /ü"]);
  });

  it("closes what it has open when its reader leaves", () => {
    put(after, "d/f", "");
    for (const _change of compareTrees(before, after)) assert.ok(openFiles().length >= 3);
    assert.deepEqual(openFiles(), []);
    for (const _change of compareTrees(before, after)) break;
    assert.deepEqual(openFiles(), []);
    assert.throws(() => [...compareTrees(before, join(after, "none"))], { code: "ENOENT" });
    assert.deepEqual(openFiles(), []);
  });
});
