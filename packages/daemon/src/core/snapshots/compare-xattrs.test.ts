import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setXattr } from "@gantry/sys/at";
import { differXattrs } from "./compare-xattrs.ts";

const skip = process.getuid?.() === 0 ? false : "attributes in the trusted namespace need root";

describe("differXattrs", { skip }, () => {
  let home = "";

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "gantry-xattrs-"));
    for (const name of ["a", "b"]) writeFileSync(join(home, name), "");
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const differ = (before: string, after: string) => differXattrs(join(home, before), join(home, after));

  it("tells an empty value from none, and looks at no order", () => {
    setXattr(join(home, "a"), "trusted.x", Buffer.alloc(0));
    assert.equal(differ("a", "b"), true);
    setXattr(join(home, "a"), "trusted.y", Buffer.of(1));
    setXattr(join(home, "b"), "trusted.y", Buffer.of(1));
    setXattr(join(home, "b"), "trusted.x", Buffer.alloc(0));
    assert.equal(differ("a", "b"), false);
  });

  it("takes a file that went away for one without attributes", () => {
    assert.equal(differ("a", "gone"), false);
    setXattr(join(home, "a"), "trusted.x", Buffer.of(1));
    assert.equal(differ("a", "gone"), true);
    assert.equal(differ("gone", "a"), true);
  });

  it("takes a file system without attributes for one whose files have none", () => {
    assert.equal(differXattrs(join(home, "a"), "/proc/version"), false);
    setXattr(join(home, "a"), "trusted.x", Buffer.of(1));
    assert.equal(differXattrs(join(home, "a"), "/proc/version"), true);
  });

  it("throws what else goes wrong", () => {
    assert.throws(() => differ("a", "b/below"), { errno: "ENOTDIR", syscall: "listxattr" });
  });
});
