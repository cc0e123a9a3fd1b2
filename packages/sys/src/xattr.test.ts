import assert from "node:assert/strict";
import { closeSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { getXattr, listXattrs, removeXattr, setXattr } from "./xattr.ts";

// Attributes in the trusted namespace, and any on a symbolic link, need root.
describe("extended attributes", { skip: needsRoot }, () => {
  const root = testDirectory();
  const file = join(root, "file");
  writeFileSync(file, "");
  const link = join(root, "link");
  symlinkSync("file", link);

  for (const kind of ["path", "descriptor"] as const) {
    it(`sets, reads, lists and removes by ${kind}`, () => {
      const fd = openSync(file, "r");
      const target = kind === "path" ? file : fd;
      const value = Buffer.from([0, 1, 255, 0]);
      setXattr(target, "trusted.binary", value);
      setXattr(target, "trusted.empty", Buffer.alloc(0));
      assert.deepEqual(getXattr(target, "trusted.binary"), value);
      assert.deepEqual(getXattr(target, "trusted.empty"), Buffer.alloc(0));
      assert.deepEqual([...listXattrs(target)].sort(), ["trusted.binary", "trusted.empty"]);
      removeXattr(target, "trusted.binary");
      removeXattr(target, "trusted.empty");
      assert.deepEqual(listXattrs(target), []);
      closeSync(fd);
    });
  }

  it("replaces a value, and gives the caller a copy of its own", () => {
    setXattr(file, "trusted.twice", Buffer.from("longer value"));
    const before = getXattr(file, "trusted.twice");
    setXattr(file, "trusted.twice", Buffer.from("short"));
    assert.equal(getXattr(file, "trusted.twice")?.toString(), "short");
    assert.equal(before?.toString(), "longer value");
  });

  it("gives null for a name that the file does not have", () => {
    assert.equal(getXattr(file, "trusted.none"), null);
    assert.throws(() => removeXattr(file, "trusted.none"), { errno: "ENODATA" });
  });

  it("speaks of a symbolic link itself", () => {
    setXattr(link, "trusted.link", Buffer.from("x"));
    assert.deepEqual(listXattrs(link), ["trusted.link"]);
    assert.equal(getXattr(file, "trusted.link"), null);
  });

  it("stores a file capability as overlay and tar see it", () => {
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    setXattr(file, "security.capability", capability);
    assert.deepEqual(getXattr(file, "security.capability"), capability);
  });

  it("names the attribute and the file in an error", () => {
    assert.throws(() => setXattr("/no/such/file", "trusted.x", Buffer.of(1)), {
      message: 'setxattr "trusted.x" of "/no/such/file": no such file or directory (ENOENT)',
    });
    assert.throws(() => getXattr(file, "trusted.a\0b"), { errno: "EINVAL" });
  });
});
