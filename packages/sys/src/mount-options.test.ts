import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mountAttributes } from "./mount-attributes.ts";
import { mountFlag, parseMountOptions } from "./mount-options.ts";

const parse = (type: string, ...options: string[]) => parseMountOptions({ type, source: "", target: "", options });

describe("parseMountOptions", () => {
  it("turns known words into flags and keeps the rest, in order, for the file system", () => {
    const parsed = parse("tmpfs", "nosuid", "size=4m", "nodev", "mode=700", "noexec");
    assert.equal(parsed.flags, mountFlag.nosuid | mountFlag.nodev | mountFlag.noexec);
    assert.deepEqual(parsed.data, ["size=4m", "mode=700"]);
  });

  it("lets the later of two contradicting words count", () => {
    assert.equal(parse("tmpfs", "ro", "rw").flags, 0);
    assert.equal(parse("tmpfs", "rw", "ro").flags, mountFlag.readonly);
    assert.equal(parse("tmpfs", "noatime", "relatime").flags, mountFlag.relatime);
  });

  it("remembers what was switched off by name, unless it was switched on again", () => {
    assert.equal(parse("bind", "rw").cleared, mountFlag.readonly);
    assert.equal(parse("bind", "rw", "ro").cleared, 0);
  });

  it("takes bind and rbind as types and as options", () => {
    assert.equal(parse("bind").flags, mountFlag.bind);
    assert.equal(parse("none", "rbind", "ro").flags, mountFlag.bind | mountFlag.recursive | mountFlag.readonly);
    assert.equal(parse("rbind").flags, mountFlag.bind | mountFlag.recursive);
  });

  it("keeps propagation apart, one change each", () => {
    const parsed = parse("bind", "rprivate", "slave");
    assert.equal(parsed.flags, mountFlag.bind);
    assert.deepEqual(parsed.propagation, [mountFlag.private | mountFlag.recursive, mountFlag.slave]);
  });

  it("gives defaults no effect", () => {
    assert.deepEqual(parse("tmpfs", "defaults"), { flags: 0, cleared: 0, propagation: [], data: [] });
  });
});

describe("mountAttributes", () => {
  it("translates the flags that a mount can have of its own", () => {
    assert.equal(mountAttributes(mountFlag.readonly | mountFlag.nosymfollow | mountFlag.bind), 0x200001);
  });
  it("has no attribute for relatime, which is the field's zero", () =>
    assert.equal(mountAttributes(mountFlag.relatime), 0));
});
