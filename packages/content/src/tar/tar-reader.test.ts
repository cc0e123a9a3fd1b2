import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { bytesOf } from "../../fixtures/bytes.ts";
import { dir, entryBytes, file, hardlink, paxBytes, symlink, tar } from "../../fixtures/tar.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import type { TarEntry } from "./tar-entry.ts";
import { TarReader } from "./tar-reader.ts";

interface Found extends TarEntry {
  readonly data: Buffer;
}

/** Reads an archive in pieces of a size. */
function read(archive: Buffer, pieceBytes = archive.length, headerBytes = 1 << 20): readonly Found[] {
  const reader = new TarReader({ type: "layer", id: "x" }, headerBytes);
  const found: Found[] = [];
  let data: Buffer[] = [];
  for (let offset = 0; offset < archive.length; offset += pieceBytes) {
    for (const event of reader.push(archive.subarray(offset, offset + pieceBytes))) {
      if (event.kind === "entry") data = [];
      else if (event.kind === "data") data.push(Buffer.from(event.bytes));
      else found.push({ ...event.entry, data: Buffer.concat(data) });
    }
  }
  reader.end();
  return found;
}

function refuses(archive: Buffer, message: RegExp): void {
  assert.throws(
    () => read(archive),
    (error) => {
      assert.ok(isOperationError(error, "invalid-argument"), String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

/** A header's numeric field, written over. */
function withField(offset: number, bytes: Buffer): (header: Buffer) => void {
  return (header) => void bytes.copy(header, offset);
}

/** A number in base 256, as GNU and star write what octal digits have no room for. */
function base256(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const bits = BigInt.asUintN(length * 8, value);
  bytes.write(bits.toString(16).padStart(length * 2, "0"), "hex");
  bytes.writeUInt8((bytes[0] ?? 0) | 0x80, 0);
  return bytes;
}

describe("TarReader", () => {
  const entries = [dir("d/"), file("d/f", bytesOf(1300)), symlink("l", "d/f"), hardlink("h", "d/f"), file("empty")];

  it("finds the same in pieces of any size", () => {
    const archive = tar(...entries);
    const whole = read(archive);
    assert.deepEqual(
      whole.map(({ name, type, linkName, sizeBytes }) => [name, type, linkName, sizeBytes]),
      [
        ["d/", "directory", "", 0],
        ["d/f", "file", "", 1300],
        ["l", "symlink", "d/f", 0],
        ["h", "hardlink", "d/f", 0],
        ["empty", "file", "", 0],
      ],
    );
    assert.deepEqual(whole[1]?.data, bytesOf(1300));
    for (const pieceBytes of [1, 7, 511, 512, 513, 1024, 4000]) assert.deepEqual(read(archive, pieceBytes), whole);
  });

  it("takes the prefix of POSIX archives into the name, and not that of GNU's", () => {
    const tamper = (magic: string) => (header: Buffer) => {
      header.write(magic, 257, "latin1");
      header.write("some/prefix", 345);
    };
    assert.equal(read(tar({ name: "f", tamper: tamper("ustar\x0000") }))[0]?.name, "some/prefix/f");
    assert.equal(read(tar({ name: "f", tamper: tamper("ustar  \0") }))[0]?.name, "f");
  });

  it("applies extended headers to the next entry alone", () => {
    const pax = {
      path: "long",
      mtime: "-1.5",
      uid: "3000000",
      gid: "4000000",
      size: "3",
      "SCHILY.xattr.user.a": "b=c\n",
    };
    const [first, second] = read(tar(file("short", "abc", { pax }), file("next")));
    assert.equal(first?.name, "long");
    assert.equal(first.modifiedNs, -1_500_000_000n);
    assert.deepEqual([first.uid, first.gid, first.sizeBytes], [3_000_000, 4_000_000, 3]);
    assert.deepEqual([...first.xattrs], [["user.a", Buffer.from("b=c\n")]]);
    assert.equal(second?.name, "next");
    assert.equal(second.xattrs.size, 0);
  });

  it("applies GNU's long names, and ignores a global header's comment", () => {
    const long = "n".repeat(300);
    const archive = tar(
      { name: "g", type: "g", data: paxBytes({ comment: "commit" }) },
      { name: "././@LongLink", type: "L", data: `${long}\0` },
      { name: "././@LongLink", type: "K", data: `${long}/target\0` },
      symlink("short", "short"),
    );
    const [entry] = read(archive);
    assert.equal(entry?.name, long);
    assert.equal(entry.linkName, `${long}/target`);
  });

  it("reads numbers in base 256, and times before 1970", () => {
    const big = tar(file("f", "", { tamper: withField(108, base256(3_000_000n, 8)) }));
    assert.equal(read(big)[0]?.uid, 3_000_000);
    const old = tar(file("f", "", { tamper: withField(136, base256(-5n, 12)) }));
    assert.equal(read(old)[0]?.modifiedNs, -5_000_000_000n);
  });

  it("takes the oldest archives' directories for such", () => {
    const tamper = (header: Buffer) => void header.fill(0, 257);
    assert.equal(read(tar({ name: "d/", type: "\0", tamper }))[0]?.type, "directory");
  });

  it("ends at two empty blocks whatever follows, and accepts an archive without them", () => {
    assert.equal(read(Buffer.concat([tar(file("f")), bytesOf(700)])).length, 1);
    assert.equal(read(entryBytes(file("f", "x"))).length, 1);
  });

  const sizes = {
    "-1": base256(-1n, 12),
    "-2^63": base256(-(2n ** 63n), 12),
    "2^53 + 1": base256(2n ** 53n + 1n, 12),
    "2^63": base256(2n ** 63n, 12),
    "no digits": Buffer.from("9z\0"),
    "a minus sign": Buffer.from("-0000000001\0"),
  };
  for (const [title, bytes] of Object.entries(sizes)) {
    it(`refuses a size of ${title} at once`, () => {
      refuses(tar(file("f", "x", { tamper: withField(124, bytes) })), /size/);
    });
  }

  const refused: Readonly<Record<string, { readonly archive: Buffer; readonly message: RegExp }>> = {
    "a wrong checksum": {
      archive: Buffer.concat([tar(file("a")).subarray(0, 512), Buffer.from(tar(file("b")).fill(1, 0, 3))]),
      message: /entry "a": after it, the header's checksum is wrong/,
    },
    "entries after an empty block": {
      archive: Buffer.concat([entryBytes(file("a")), Buffer.alloc(512), tar(file("b"))]),
      message: /follow an empty block/,
    },
    "an extended header of nothing": {
      archive: tar({ name: "x", type: "x" }, file("f")),
      message: /extended header has 0 bytes/,
    },
    "an extended header of 2 GiB": {
      archive: tar({ name: "x", type: "x", tamper: withField(124, Buffer.from("20000000000\0")) }),
      message: /extended header has 2147483648 bytes/,
    },
    "two extended headers in a row": {
      archive: tar({ name: "x", type: "x", data: paxBytes({ path: "a" }) }, file("f", "", { pax: { path: "b" } })),
      message: /two extended headers/,
    },
    "an extended header before a long name": {
      archive: tar(
        { name: "x", type: "x", data: paxBytes({ size: "5" }) },
        { name: "L", type: "L", data: "long\0" },
        file("f", "12345"),
      ),
      message: /two extended headers/,
    },
    "an extended header at the end": {
      archive: entryBytes({ name: "x", type: "x", data: paxBytes({ a: "b" }) }),
      message: /ends/,
    },
    "a record with a wrong length": {
      archive: tar({ name: "x", type: "x", data: "99 path=a\n" }),
      message: /malformed record/,
    },
    "a record without a length": {
      archive: tar({ name: "x", type: "x", data: "path=a\n" }),
      message: /malformed record/,
    },
    "a record without a key": { archive: tar({ name: "x", type: "x", data: "5 =a\n" }), message: /malformed record/ },
    "a record twice": {
      archive: tar({ name: "x", type: "x", data: "9 path=a\n9 path=b\n" }),
      message: /two records "path"/,
    },
    "a global header that renames": {
      archive: tar({ name: "g", type: "g", data: paxBytes({ path: "evil" }) }, file("f")),
      message: /global header sets path/,
    },
    "a NUL in a name": { archive: tar(file("f", "", { pax: { path: "a\0b" } })), message: /NUL/ },
    "a size in words": { archive: tar(file("f", "", { pax: { size: "0x10" } })), message: /size is not a number/ },
    "an owner that means unchanged": { archive: tar(file("f", "", { pax: { uid: "4294967295" } })), message: /owner/ },
    "an owner beyond 32 bits": { archive: tar(file("f", "", { pax: { gid: "4294967296" } })), message: /group/ },
    "a time in words": { archive: tar(file("f", "", { pax: { mtime: "now" } })), message: /time/ },
    "a device number beyond Linux's": {
      archive: tar({ name: "d", type: "3", tamper: withField(329, base256(4096n, 8)) }),
      message: /major device number/,
    },
    "data behind a directory": { archive: tar({ name: "d", type: "5", data: "x" }), message: /cannot have 1 bytes/ },
    "data behind a link": { archive: tar({ name: "l", type: "1", linkName: "x", data: "x" }), message: /cannot have/ },
    "a sparse file of GNU's": { archive: tar({ name: "s", type: "S" }), message: /type "S" are not supported/ },
    "a sparse file of POSIX archives": {
      archive: tar(file("s", "", { pax: { "GNU.sparse.major": "1" } })),
      message: /sparse/,
    },
    "an unknown type": { archive: tar({ name: "q", type: "Q" }), message: /type "Q"/ },
  };
  for (const [title, { archive, message }] of Object.entries(refused)) {
    it(`refuses ${title} with invalid-argument`, () => refuses(archive, message));
  }

  it("reads on or refuses, and never fails otherwise, whatever bits are flipped", () => {
    const archive = tar(...entries, file("x", "y", { pax: { path: "p", mtime: "1.5" } }));
    for (let bit = 0; bit < archive.length * 8; bit += 5) {
      const fuzzed = Buffer.from(archive);
      fuzzed.writeUInt8((fuzzed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      try {
        read(fuzzed, 1000);
      } catch (error) {
        assert.ok(isOperationError(error, "invalid-argument"), String(error));
      }
    }
  });
});

describe("TarReader: archives of GNU tar", () => {
  for (const format of ["v7", "ustar", "oldgnu", "gnu", "pax"]) {
    it(`reads the format ${format} as GNU tar itself lists it`, async (test) => {
      await using directory = await testDirectory();
      const root = join(directory.path, "tree");
      mkdirSync(join(root, "d"), { recursive: true });
      const long = format === "v7" ? "n".repeat(80) : `${"d".repeat(90)}/${"n".repeat(90)}`;
      mkdirSync(join(root, long, ".."), { recursive: true });
      writeFileSync(join(root, long), bytesOf(5000));
      chmodSync(join(root, long), 0o751);
      writeFileSync(join(root, "d/umläut"), "x");
      symlinkSync("../elsewhere", join(root, "d/link"));
      lutimesSync(join(root, "d/link"), 1_000_000, 1_000_000);
      linkSync(join(root, "d/umläut"), join(root, "hard"));
      let archive: Buffer;
      try {
        archive = execFileSync("tar", ["-c", `--format=${format}`, "--sort=name", "-C", root, "."], {
          stdio: ["ignore", "pipe", "pipe"],
        });
      } catch (error) {
        test.skip(`needs GNU tar: ${String(error).split("\n")[0]}`);
        return;
      }
      const listed = execFileSync("tar", ["-t", "--quoting-style=literal"], { input: archive, encoding: "latin1" });
      const found = read(archive, 777);
      assert.deepEqual(found.map(({ name }) => name).join("\n"), listed.trimEnd());
      const data = found.find(({ name }) => name === `./${long}`);
      assert.deepEqual(data?.data, bytesOf(5000));
      assert.equal(data.mode, 0o751);
      assert.equal(found.find(({ name }) => name === "./d/link")?.linkName, "../elsewhere");
      assert.equal(found.filter(({ type }) => type === "hardlink").length, 1);
    });
  }
});
