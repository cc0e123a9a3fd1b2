import assert from "node:assert/strict";
import {
  type BigIntStats,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { getXattr, makeDevice, mknodat, setXattr, utimensat } from "@gantry/sys/at";
import { makeDeep } from "../../conformance/deep-tree.ts";
import { isRoot, scratchDirectory } from "../../conformance/scratch-directory.ts";
import { copyTree } from "./copy-tree.ts";
import { walkTree } from "./walk-tree.ts";

const proceed = () => {};
const noDirectory = -100;

interface Pair {
  readonly from: string;
  readonly to: string;
}

async function makePair(test: TestContext): Promise<Pair> {
  const directory = await scratchDirectory(test);
  const pair = { from: join(directory, "from"), to: join(directory, "to") };
  mkdirSync(pair.from);
  return pair;
}

function copy({ from, to }: Pair): void {
  copyTree(Buffer.from(from), Buffer.from(to), proceed);
}

function statsOf(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

function assertSame({ from, to }: Pair, name: string): void {
  const [one, other] = [statsOf(join(from, name)), statsOf(join(to, name))];
  for (const field of ["mode", "uid", "gid", "rdev", "mtimeNs", "nlink"] as const) {
    assert.equal(other[field], one[field], `${field} of ${JSON.stringify(name)}`);
  }
  if (!one.isDirectory()) {
    assert.equal(other.size, one.size, `size of ${name}`);
  }
}

describe("copyTree", { skip: !isRoot && "changing owners and making devices needs root" }, () => {
  it("keeps content, owner, mode and times with their nanoseconds, of directories and links too", async (test) => {
    const pair = await makePair(test);
    mkdirSync(join(pair.from, "directory"));
    writeFileSync(join(pair.from, "directory/file"), "content");
    chownSync(join(pair.from, "directory/file"), 1000, 2000);
    chmodSync(join(pair.from, "directory/file"), 0o6751);
    symlinkSync("/nowhere", join(pair.from, "link"));
    chmodSync(join(pair.from, "directory"), 0o1700);
    for (const name of ["directory/file", "directory", "link", ""]) {
      const times = { atimeNs: -5_000_000_001n, mtimeNs: 1_700_000_000_123_456_789n };
      utimensat(noDirectory, join(pair.from, name), times);
    }
    // Read first: reading the source moves its access times.
    const before = ["", "directory", "directory/file", "link"].map((name) => statsOf(join(pair.from, name)));
    copy(pair);
    for (const [index, name] of ["", "directory", "directory/file", "link"].entries()) {
      const after = statsOf(join(pair.to, name));
      assert.equal(after.mtimeNs, 1_700_000_000_123_456_789n, name);
      assert.equal(after.mode, before[index]?.mode, name);
      assert.equal(after.uid, before[index]?.uid, name);
      assert.equal(after.gid, before[index]?.gid, name);
    }
    assert.equal(readFileSync(join(pair.to, "directory/file"), "utf8"), "content");
    assert.equal(readlinkSync(join(pair.to, "link")), "/nowhere");
  });

  it("keeps extended attributes, file capabilities among them", async (test) => {
    const pair = await makePair(test);
    writeFileSync(join(pair.from, "file"), "");
    chownSync(join(pair.from, "file"), 1, 1);
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    setXattr(join(pair.from, "file"), "security.capability", capability);
    setXattr(join(pair.from, "file"), "user.note", Buffer.from("\0binary"));
    setXattr(pair.from, "trusted.on.root", Buffer.from("kept"));
    copy(pair);
    assert.deepEqual(getXattr(join(pair.to, "file"), "security.capability"), capability);
    assert.deepEqual(getXattr(join(pair.to, "file"), "user.note"), Buffer.from("\0binary"));
    assert.deepEqual(getXattr(pair.to, "trusted.on.root"), Buffer.from("kept"));
  });

  it("keeps devices and FIFOs", async (test) => {
    const pair = await makePair(test);
    mknodat(noDirectory, join(pair.from, "null"), constants.S_IFCHR | 0o666, makeDevice(1, 3));
    mknodat(noDirectory, join(pair.from, "whiteout"), constants.S_IFCHR, makeDevice(0, 0));
    mknodat(noDirectory, join(pair.from, "disk"), constants.S_IFBLK | 0o600, makeDevice(259, 70_000));
    mknodat(noDirectory, join(pair.from, "fifo"), constants.S_IFIFO | 0o640);
    mknodat(noDirectory, join(pair.from, "socket"), constants.S_IFSOCK | 0o755);
    copy(pair);
    for (const name of ["null", "whiteout", "disk", "fifo", "socket"]) {
      assertSame(pair, name);
    }
  });

  it("keeps files with several names one file", async (test) => {
    const pair = await makePair(test);
    mkdirSync(join(pair.from, "a"));
    writeFileSync(join(pair.from, "a/one"), "x");
    linkSync(join(pair.from, "a/one"), join(pair.from, "two"));
    symlinkSync("x", join(pair.from, "link one"));
    linkSync(join(pair.from, "link one"), join(pair.from, "link two"));
    copy(pair);
    assert.equal(statsOf(join(pair.to, "a/one")).ino, statsOf(join(pair.to, "two")).ino);
    assert.equal(statsOf(join(pair.to, "link one")).ino, statsOf(join(pair.to, "link two")).ino);
    assertSame(pair, "two");
  });

  it("keeps holes, and what is around them", async (test) => {
    const pair = await makePair(test);
    const path = join(pair.from, "sparse");
    const file = openSync(path, "w");
    writeSync(file, Buffer.from("in the middle"), 0, 13, 5_000_000);
    closeSync(file);
    truncateSync(path, 32 << 20);
    copy(pair);
    const copied = statsOf(join(pair.to, "sparse"));
    assert.equal(copied.size, 32n << 20n);
    assert.ok(copied.blocks < 1000n, `${copied.blocks} blocks`);
    const content = readFileSync(join(pair.to, "sparse"));
    assert.equal(content.subarray(5_000_000, 5_000_013).toString(), "in the middle");
    assert.equal(
      content.findIndex((byte) => byte !== 0),
      5_000_000,
    );
  });

  it("copies names that are no UTF-8 and trees deeper than PATH_MAX", async (test) => {
    const pair = await makePair(test);
    writeFileSync(Buffer.concat([Buffer.from(`${pair.from}/`), Buffer.of(0xff)]), "bytes");
    makeDeep(pair.from, 60);
    copy(pair);
    const [copied, source] = [pair.to, pair.from].map((root) => [...walkTree(Buffer.from(root))].length);
    assert.equal(copied, source);
    assert.equal(readFileSync(Buffer.concat([Buffer.from(`${pair.to}/`), Buffer.of(0xff)]), "utf8"), "bytes");
  });

  it("refuses a target that exists", async (test) => {
    const pair = await makePair(test);
    mkdirSync(pair.to);
    assert.throws(() => copy(pair), { code: "EEXIST" });
  });

  it("stops where it is told to", async (test) => {
    const { from, to } = await makePair(test);
    writeFileSync(join(from, "file"), "");
    let steps = 0;
    const stop = () => {
      steps += 1;
      if (steps === 2) {
        throw new TypeError("stop");
      }
    };
    assert.throws(() => copyTree(Buffer.from(from), Buffer.from(to), stop), { message: "stop" });
    assert.equal(lstatSync(join(to, "file"), { throwIfNoEntry: false }), undefined);
  });
});
