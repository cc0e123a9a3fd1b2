import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { getXattr, splitDevice } from "@gantry/sys/at";
import { withTree } from "../../fixtures/apply-to-tree.ts";
import { bytesOf, digestOf } from "../../fixtures/bytes.ts";
import { compress } from "../../fixtures/images.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { dir, file, hardlink, symlink, tar } from "../../fixtures/tar.ts";

const skip = process.platform !== "linux" || process.getuid?.() !== 0 ? "needs root on Linux" : false;

describe("applyLayer: what an entry makes", { skip }, () => {
  it("makes files, directories and links with owner, mode and time to the nanosecond", () =>
    withTree(async ({ root, apply }) => {
      const pax = { mtime: "1234567890.123456789" };
      await apply([
        { ...dir("d", 0o1777), uid: 5, gid: 6, pax },
        file("d/f", "text", { mode: 0o4755, uid: 1_000_000, gid: 2_000_000, pax }),
        { ...symlink("d/l", "f"), uid: 7, gid: 8, pax },
        hardlink("d/h", "d/f"),
      ]);
      const mtimeNs = 1_234_567_890_123_456_789n;
      const facts = (name: string) => {
        const { mode, uid, gid, mtimeNs: time } = lstatSync(join(root, name), { bigint: true });
        return [Number(mode) & 0o7777, Number(uid), Number(gid), time];
      };
      assert.deepEqual(facts("d"), [0o1777, 5, 6, mtimeNs]);
      assert.deepEqual(facts("d/f"), [0o4755, 1_000_000, 2_000_000, mtimeNs]);
      assert.deepEqual(facts("d/l"), [0o777, 7, 8, mtimeNs]);
      assert.equal(lstatSync(join(root, "d/h")).ino, lstatSync(join(root, "d/f")).ino);
      assert.equal(readFileSync(join(root, "d/h"), "utf8"), "text");
    }));

  it("makes devices and FIFOs", () =>
    withTree(async ({ root, apply }) => {
      await apply([
        { name: "null", type: "3", major: 1, minor: 3, mode: 0o666 },
        { name: "disk", type: "4", major: 259, minor: 0x12345, mode: 0o660 },
        { name: "pipe", type: "6", mode: 0o622 },
      ]);
      const statOf = (name: string) => statSync(join(root, name), { bigint: true });
      const [character, block, pipe] = [statOf("null"), statOf("disk"), statOf("pipe")];
      assert.ok(character.isCharacterDevice() && block.isBlockDevice() && pipe.isFIFO());
      assert.deepEqual(splitDevice(character.rdev), { major: 1, minor: 3 });
      assert.deepEqual(splitDevice(block.rdev), { major: 259, minor: 0x12345 });
      assert.equal(Number(character.mode) & 0o7777, 0o666);
      assert.equal(Number(pipe.mode) & 0o7777, 0o622);
    }));

  it("sets extended attributes as the bytes they are, and leaves those of the overlay file system out", () =>
    withTree(async ({ root, apply }) => {
      // CAP_SETUID (bit 7) makes a byte that is no UTF-8.
      const capability = Buffer.from("0100000280000000000000000000000000000000", "hex");
      await apply([
        file("f", "x", { pax: { "SCHILY.xattr.security.capability": capability, "SCHILY.xattr.user.empty": "" } }),
        { ...dir("d"), pax: { "SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.user.overlay.redirect": "/" } },
      ]);
      assert.deepEqual(getXattr(join(root, "f"), "security.capability"), capability);
      assert.deepEqual(getXattr(join(root, "f"), "user.empty"), Buffer.alloc(0));
      assert.equal(getXattr(join(root, "d"), "trusted.overlay.opaque"), null);
      assert.equal(getXattr(join(root, "d"), "user.overlay.redirect"), null);
    }));

  it("keeps names that are no UTF-8, and long ones", () =>
    withTree(async ({ root, apply }) => {
      const odd = Buffer.from("b\xfcro\xff", "latin1");
      const long = `${"d".repeat(200)}/${"f".repeat(250)}`;
      await apply([file("x", "long", { pax: { path: long } }), { name: odd, data: "odd" }]);
      assert.equal(readFileSync(join(root, long), "utf8"), "long");
      assert.equal(readFileSync(Buffer.concat([Buffer.from(`${root}/`), odd]), "utf8"), "odd");
    }));

  it("makes missing parents, owned by root, with mode 0755 whatever the umask", () =>
    withTree(async ({ root, apply }) => {
      await apply([file("a/b/c", "x")]);
      assert.equal(statSync(join(root, "a/b")).mode & 0o7777, 0o755);
      assert.equal(statSync(join(root, "a")).uid, 0);
    }));

  it("leaves the root itself as it is", () =>
    withTree(async ({ root, apply }) => {
      const { mode } = statSync(root);
      await apply([dir("./", 0o700), dir("/", 0o700), file("./f", "x")]);
      assert.equal(statSync(root).mode, mode);
      assert.deepEqual(readdirSync(root), ["f"]);
    }));

  it("tells the digest of the uncompressed bytes and counts the entries", () =>
    withTree(async ({ apply }) => {
      const bytes = tar(file("a", bytesOf(500_000)), file("b", "x"));
      for (const compression of ["none", "gzip", "zstd"] as const) {
        const blob = compress(bytes, compression);
        const layer = await apply(blob);
        assert.equal(layer.diffId, digestOf(bytes));
        assert.equal(layer.digest, digestOf(blob));
        assert.equal(layer.sizeBytes, BigInt(blob.length));
        assert.equal(layer.uncompressedBytes, BigInt(bytes.length));
        assert.equal(layer.entries, 2);
      }
    }));
});

describe("applyLayer: what an entry replaces", { skip }, () => {
  it("puts each kind in the place of each other, and joins directories", () =>
    withTree(async ({ root, apply }) => {
      const kinds = {
        file: file("x", "new"),
        directory: dir("x"),
        symlink: symlink("x", "nowhere"),
        fifo: { name: "x", type: "6" },
        hardlink: hardlink("x", "other"),
      };
      for (const before of Object.values(kinds)) {
        for (const [kind, after] of Object.entries(kinds)) {
          await apply([file("other", "other"), before, ...(before.type === "5" ? [file("x/inner", "kept")] : [])]);
          await apply([after]);
          const stat = lstatSync(join(root, "x"));
          const holds = {
            file: stat.isFile(),
            directory: stat.isDirectory(),
            symlink: stat.isSymbolicLink(),
            fifo: stat.isFIFO(),
          };
          assert.ok(
            kind === "hardlink" ? stat.nlink === 2 : Object.entries(holds).find(([name]) => name === kind)?.[1],
            kind,
          );
          assert.equal(existsSync(join(root, "x/inner")), before.type === "5" && after.type === "5");
          await apply([file(".wh.x"), file(".wh.other")]);
        }
      }
    }));

  it("does not write into a file that has another name too", () =>
    withTree(async ({ root, apply }) => {
      await apply([file("a", "old"), hardlink("b", "a")]);
      await apply([file("a", "new")]);
      assert.equal(readFileSync(join(root, "b"), "utf8"), "old");
    }));

  it("takes the last of several entries with one name", () =>
    withTree(async ({ root, apply }) => {
      await apply([dir("d"), file("d/x", "1"), symlink("d", "e"), dir("e"), file("d/y", "2"), file("d", "3")]);
      assert.equal(readFileSync(join(root, "d"), "utf8"), "3");
      assert.equal(readFileSync(join(root, "e/y"), "utf8"), "2");
    }));

  it("sets a directory's time after what is made in it", () =>
    withTree(async ({ root, apply }) => {
      await apply([{ ...dir("d"), mtime: 1000 }, file("d/f", "x"), { ...dir("d/e"), mtime: 2000 }, file("d/e/g", "x")]);
      assert.equal(statSync(join(root, "d")).mtimeMs, 1_000_000);
      assert.equal(statSync(join(root, "d/e")).mtimeMs, 2_000_000);
    }));
});

describe("applyLayer: whiteouts", { skip }, () => {
  it("removes files, links and whole directories of layers below", () =>
    withTree(async ({ root, apply }) => {
      await apply([dir("d"), dir("d/e"), file("d/e/f", "x"), file("g", "x"), symlink("l", "g"), file("stays", "x")]);
      await apply([file(".wh.d"), file(".wh.g"), file(".wh.l"), file(".wh.never-there"), file("nor/.wh.this")]);
      assert.deepEqual(readdirSync(root), ["stays"]);
    }));

  it("leaves what the same layer brings, before or after", () =>
    withTree(async ({ root, apply }) => {
      await apply([dir("d"), file("d/low", "low"), dir("e"), file("e/low", "low")]);
      await apply([file("d/new", "new"), file(".wh.d"), file("e/.wh..wh..opq"), file("e/new", "new")]);
      assert.deepEqual(readdirSync(join(root, "d")), ["new"]);
      assert.deepEqual(readdirSync(join(root, "e")), ["new"]);
    }));

  it("empties an opaque directory except for what the layer brought before the mark", () =>
    withTree(async ({ root, apply }) => {
      await apply([dir("d"), file("d/low", "x"), dir("d/sub"), file("d/sub/low", "x")]);
      await apply([file("d/sub/new", "x"), file("d/.wh..wh..opq")]);
      assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), ["d", "d/sub", "d/sub/new"]);
    }));

  it("ignores what aufs kept for itself", () =>
    withTree(async ({ root, apply }) => {
      await apply([dir(".wh..wh.plnk"), file(".wh..wh.plnk/1.2", "x"), file(".wh..wh.aufs", "x"), file("f", "x")]);
      assert.deepEqual(readdirSync(root), ["f"]);
    }));

  it("removes a deep tree", () =>
    withTree(async ({ root, apply }) => {
      const deep = Array.from({ length: 500 }, () => "d").join("/");
      await apply([file("x", "x", { pax: { path: `${deep}/f` } })]);
      await apply([file(".wh.d")]);
      assert.deepEqual(readdirSync(root), []);
    }));
});

describe("applyLayer: what it refuses", { skip }, () => {
  const refused = {
    "a parent that is a file": {
      layer: [file("f", "x"), file("f/g", "y")],
      message: /"f\/g": its parent "f" is not a directory/,
    },
    "a hard link to itself": { layer: [file("f", "x"), hardlink("f", "f")], message: /hard link to "f"/ },
    "a hard link to a directory": { layer: [dir("d"), hardlink("x", "d")], message: /hard link to "d"/ },
    "a hard link to nothing": { layer: [hardlink("x", "nothing")], message: /not there/ },
    "a hard link to the root": { layer: [hardlink("x", "/")], message: /not there/ },
    "a symbolic link to nowhere": { layer: [symlink("x", "")], message: /must point somewhere/ },
    "a device that means deleted": { layer: [{ name: "x", type: "3", major: 0, minor: 0 }], message: /deleted file/ },
    "a name longer than the file system allows": {
      layer: [file("x", "x", { pax: { path: "n".repeat(256) } })],
      message: /ENAMETOOLONG/,
    },
  };
  for (const [title, { layer, message }] of Object.entries(refused)) {
    it(`refuses ${title} with invalid-argument`, () =>
      withTree(async ({ apply }) => {
        await rejects(apply(layer), "invalid-argument", message);
      }));
  }

  it("refuses directories deeper than the limit with invalid-argument", () =>
    withTree(async ({ apply }) => {
      const nested = (depth: number) => Array.from({ length: depth }, () => "d").join("/");
      await apply([file("x", "x", { pax: { path: nested(20) } })], { depth: 20 });
      await rejects(apply([file("x", "x", { pax: { path: nested(21) } })], { depth: 20 }), "invalid-argument", /deep/);
      const below = file("x", "x", { pax: { path: `l/${"e/".repeat(8)}f` } });
      const throughLink = [symlink("l", nested(15)), below];
      await rejects(apply(throughLink, { depth: 20 }), "invalid-argument", /deep/);
    }));

  it("stops more entries or bytes than allowed with resource-exhausted", () =>
    withTree(async ({ apply }) => {
      await rejects(apply([file("a"), file("b"), file("c")], { entries: 2 }), "resource-exhausted", /2 entries/);
      await rejects(apply([file("a", bytesOf(50_000))], { totalBytes: 40_000n }), "resource-exhausted", /40000 bytes/);
    }));

  for (const compression of ["gzip", "zstd"] as const) {
    it(`stops a ${compression} bomb with resource-exhausted`, () =>
      withTree(async ({ apply }) => {
        const bomb = compress(tar(file("zeros", Buffer.alloc(20_000_000))), compression);
        await rejects(apply(bomb, { ratio: 100, ratioFloorBytes: 1_000_000n }), "resource-exhausted", /100 times/);
        await apply(bomb, { ratio: 100, ratioFloorBytes: 30_000_000n });
      }));
  }

  it("refuses damaged compressed bytes with invalid-argument where the digest is theirs", () =>
    withTree(async ({ apply }) => {
      const blob = compress(tar(file("a", bytesOf(50_000))), "gzip");
      blob.fill(0x55, 1000, 1010);
      await rejects(apply(blob), "invalid-argument", /damaged gzip data/);
    }));

  it("refuses an archive wherever it is cut off inside an entry, and closes every file", () =>
    withTree(async ({ apply }) => {
      const archive = tar(dir("d"), file("d/f", bytesOf(3_000), { pax: { mtime: "1.5" } }), symlink("l", "d"));
      const open = () => readdirSync("/proc/self/fd").length;
      await apply(archive);
      const before = open();
      for (let length = 100; length < archive.length - 1024; length += 411) {
        if (length % 512 === 0) continue;
        await rejects(apply(archive.subarray(0, length)), "invalid-argument", /ends/);
      }
      assert.equal(open(), before);
    }));

  it("survives archives with flipped bits: applied or refused, never beyond the tree", () =>
    withTree(async ({ root, apply }) => {
      const archive = tar(dir("d"), symlink("d/l", "../.."), file("d/l2", "x"), hardlink("h", "d/l2"), file("d/.wh.x"));
      const flips = bytesOf(300, 42);
      for (let round = 0; round < 100; round++) {
        const fuzzed = Buffer.from(archive);
        for (let flip = 0; flip < 3; flip++) {
          const at = (flips.readUInt16LE((round * 3 + flip) % 298) * 7) % fuzzed.length;
          fuzzed.writeUInt8((fuzzed[at] ?? 0) ^ (1 << (round % 8)), at);
        }
        await apply(fuzzed).catch((error: unknown) => {
          assert.match(String(error), /OperationError/);
        });
      }
      assert.ok(existsSync(root));
    }));
});

describe("applyLayer: somebody else changes the tree meanwhile", { skip }, () => {
  it("writes nothing outside while directories are exchanged for links", { timeout: 60_000 }, () =>
    withTree(async ({ root, outside, apply }) => {
      mkdirSync(join(root, "d"));
      writeFileSync(join(root, "d/x"), "");
      // Swaps the directory and a link to the canary as fast as it can, until its input ends.
      const script = `
        const fs = require("node:fs");
        process.stdin.on("end", () => process.exit()).resume();
        const [root, outside] = process.argv.slice(1);
        (function swap() {
          for (let i = 0; i < 200; i++) {
            try { fs.renameSync(root + "/d", root + "/e"); fs.symlinkSync(outside, root + "/d"); } catch {}
            try { fs.unlinkSync(root + "/d"); fs.renameSync(root + "/e", root + "/d"); } catch {}
          }
          setImmediate(swap);
        })();`;
      const swapper = spawn(process.execPath, ["-e", script, root, outside], { stdio: ["pipe", "ignore", "inherit"] });
      const ended = new Promise((resolve) => swapper.once("exit", resolve));
      try {
        const layer = Array.from({ length: 400 }, (_, index) => [
          file(`d/etc/passwd`, "pwned"),
          file(`d/f${index}`, "pwned"),
          dir(`d/etc`),
          hardlink(`d/h${index}`, `d/f${index}`),
          file("d/.wh.setuid"),
        ]).flat();
        for (let round = 0; round < 5; round++) {
          // What is refused, and how, depends on the moment; that nothing is written outside does not.
          await apply(layer).catch(() => {});
        }
      } finally {
        swapper.stdin.end();
        await ended;
      }
    }),
  );
});
