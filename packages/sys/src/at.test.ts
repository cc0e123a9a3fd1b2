import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import * as at from "./at.ts";
import { SystemError } from "./system-error.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";

const skip = process.platform !== "linux" && "needs Linux";

/** An open directory under a fresh root, closed after the tests of the file. */
function openDirectory(name: string): { readonly fd: number; readonly path: string } {
  const path = join(testDirectory(), name);
  mkdirSync(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  after(() => closeSync(fd));
  return { fd, path };
}

describe("names in an open directory", { skip }, () => {
  const { fd, path } = openDirectory("names");

  it("makes files, directories and links where the directory is, even after it was renamed", () => {
    const file = at.openat(fd, "file", constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
    writeSync(file, "text");
    closeSync(file);
    renameSync(path, `${path}-moved`);
    at.mkdirat(fd, "dir", 0o750);
    at.symlinkat("../target", fd, "link");
    at.linkat(fd, "file", fd, "hard");
    renameSync(`${path}-moved`, path);
    assert.equal(readFileSync(join(path, "hard"), "utf8"), "text");
    assert.equal(statSync(join(path, "file")).nlink, 2);
    assert.equal(statSync(join(path, "dir")).mode & 0o777, 0o750);
    assert.equal(readlinkSync(join(path, "link")), "../target");
    assert.equal(at.readlinkat(fd, "link"), "../target");
  });

  it("links a symbolic link itself", () => {
    at.symlinkat("nowhere", fd, "dangling");
    at.linkat(fd, "dangling", fd, "dangling-too");
    assert.ok(lstatSync(join(path, "dangling-too")).isSymbolicLink());
  });

  it("renames over a file, and removes files and directories", () => {
    const place = join(path, "removal");
    mkdirSync(join(place, "d"), { recursive: true });
    writeFileSync(join(place, "a"), "a");
    writeFileSync(join(place, "b"), "b");
    const removal = at.openat(fd, "removal", constants.O_RDONLY | constants.O_DIRECTORY);
    at.renameat(removal, "a", removal, "b");
    assert.equal(readFileSync(join(place, "b"), "utf8"), "a");
    assert.throws(() => at.unlinkat(removal, "d"), { errno: "EISDIR" });
    assert.throws(() => at.rmdirat(removal, "b"), { errno: "ENOTDIR" });
    at.unlinkat(removal, "b");
    at.rmdirat(removal, "d");
    assert.deepEqual(readdirSync(place), []);
    closeSync(removal);
  });

  it("names the file and the call in an error", () => {
    assert.throws(
      () => at.openat(fd, "missing", constants.O_RDONLY),
      (error: unknown) => {
        assert.ok(error instanceof SystemError);
        assert.equal(error.message, 'openat "missing": no such file or directory (ENOENT)');
        return true;
      },
    );
    assert.throws(() => at.mkdirat(fd, "file", 0o700), { errno: "EEXIST", syscall: "mkdirat" });
  });

  it("refuses a NUL byte instead of cutting the name there", () => {
    assert.throws(() => at.mkdirat(fd, "a\0b", 0o700), { errno: "EINVAL" });
    assert.throws(() => at.symlinkat("a\0b", fd, "cut"), { errno: "EINVAL" });
    assert.deepEqual(
      readdirSync(path).filter((name) => name === "a" || name === "cut"),
      [],
    );
  });

  it("takes names that are no UTF-8 as bytes", () => {
    const name = Buffer.from([0x66, 0xff, 0x67]);
    at.mkdirat(fd, name, 0o700);
    assert.ok(readdirSync(path, { encoding: "buffer" }).some((entry) => entry.equals(name)));
    at.rmdirat(fd, name);
  });

  it("opens close-on-exec", () => {
    const opened = at.openat(fd, ".", constants.O_RDONLY);
    assert.match(readFileSync(`/proc/self/fdinfo/${opened}`, "utf8"), /flags:\s+02/);
    closeSync(opened);
  });
});

describe("openat2", { skip }, () => {
  const { fd, path } = openDirectory("root");
  const { path: outside } = openDirectory("outside");
  const flags = constants.O_RDONLY;
  const open = (name: string, resolve: number) => closeSync(at.openat2(fd, name, { flags, resolve }));

  it("keeps every path inside the directory when told that it is the root", () => {
    writeFileSync(join(path, "passwd"), "ours");
    symlinkSync("/passwd", join(path, "absolute"));
    symlinkSync("../../../passwd", join(path, "climbing"));
    for (const name of ["absolute", "climbing", "../../passwd", "/passwd"]) {
      const opened = at.openat2(fd, name, { flags, resolve: at.resolveFlag.inRoot });
      assert.equal(readFileSync(opened, "utf8"), "ours");
      closeSync(opened);
    }
  });

  it("refuses to leave the directory with EXDEV when told to stay beneath it", () => {
    symlinkSync(outside, join(path, "out"));
    for (const name of ["out", "..", "/etc/passwd"]) {
      assert.throws(() => open(name, at.resolveFlag.beneath), { errno: "EXDEV" });
    }
  });

  it("refuses any symbolic link with ELOOP when told so", () => {
    mkdirSync(join(path, "real"));
    symlinkSync("real", join(path, "inner"));
    writeFileSync(join(path, "real", "file"), "");
    open("real/file", at.resolveFlag.noSymlinks);
    assert.throws(() => open("inner/file", at.resolveFlag.noSymlinks), { errno: "ELOOP" });
  });

  it("creates with a mode", () => {
    const how = { flags: constants.O_CREAT | constants.O_WRONLY, mode: 0o604, resolve: at.resolveFlag.beneath };
    closeSync(at.openat2(fd, "made", how));
    assert.equal(statSync(join(path, "made")).mode & 0o777, 0o604);
  });
});

describe("attributes of names in an open directory", { skip }, () => {
  const { fd, path } = openDirectory("attributes");

  it("sets times to the nanosecond, before 1970 too, and leaves out what is not given", () => {
    writeFileSync(join(path, "file"), "");
    for (const time of [1_700_000_000_123_456_789n, 0n, -1n, -1_500_000_000n]) {
      at.utimensat(fd, "file", { atimeNs: time, mtimeNs: time });
      assert.equal(statSync(join(path, "file"), { bigint: true }).mtimeNs, time);
    }
    at.utimensat(fd, "file", { mtimeNs: 5n });
    assert.deepEqual([at.fstatat(fd, "file").atimeNs, at.fstatat(fd, "file").mtimeNs], [-1_500_000_000n, 5n]);
    const opened = at.openat(fd, "file", constants.O_RDONLY);
    at.futimens(opened, { mtimeNs: 123_456_789n });
    closeSync(opened);
    assert.equal(at.fstatat(fd, "file").mtimeNs, 123_456_789n);
  });

  it("sets the times of a symbolic link, not of what it points to", () => {
    writeFileSync(join(path, "pointed"), "");
    symlinkSync("pointed", join(path, "pointer"));
    at.utimensat(fd, "pointer", { mtimeNs: 7n });
    assert.equal(lstatSync(join(path, "pointer"), { bigint: true }).mtimeNs, 7n);
    assert.notEqual(statSync(join(path, "pointed"), { bigint: true }).mtimeNs, 7n);
  });

  it("sets permissions, and refuses a symbolic link without touching what it points to", () => {
    writeFileSync(join(path, "plain"), "");
    symlinkSync("plain", join(path, "alias"));
    at.fchmodat(fd, "plain", 0o4711);
    assert.equal(statSync(join(path, "plain")).mode & 0o7777, 0o4711);
    assert.throws(() => at.fchmodat(fd, "alias", 0o777));
    assert.equal(statSync(join(path, "plain")).mode & 0o7777, 0o4711);
  });

  it("tells what stat tells", () => {
    writeFileSync(join(path, "status"), "12345");
    chmodSync(join(path, "status"), 0o642);
    const status = at.fstatat(fd, "status");
    const expected = lstatSync(join(path, "status"), { bigint: true });
    assert.equal(status.sizeBytes, 5n);
    assert.equal(status.allocatedBytes, expected.blocks * 512n);
    assert.equal(BigInt(status.mode), expected.mode);
    for (const field of ["nlink", "uid", "gid"] as const) assert.equal(BigInt(status[field]), expected[field]);
    for (const field of ["ino", "dev", "rdev", "mtimeNs", "ctimeNs", "atimeNs"] as const) {
      assert.equal(status[field], expected[field], field);
    }
    symlinkSync("status", join(path, "to-status"));
    assert.equal(at.fstatat(fd, "to-status").mode & constants.S_IFMT, constants.S_IFLNK);
  });
});

describe("what only root may do to names in an open directory", { skip: needsRoot }, () => {
  const { fd, path } = openDirectory("root-only");

  it("makes devices, FIFOs and the device number 0:0 of a whiteout", () => {
    at.mknodat(fd, "null", constants.S_IFCHR | 0o600, at.makeDevice(1, 3));
    at.mknodat(fd, "disk", constants.S_IFBLK | 0o600, at.makeDevice(259, 70000));
    at.mknodat(fd, "whiteout", constants.S_IFCHR, at.makeDevice(0, 0));
    at.mknodat(fd, "fifo", constants.S_IFIFO | 0o600);
    assert.deepEqual(at.splitDevice(at.fstatat(fd, "disk").rdev), { major: 259, minor: 70000 });
    assert.equal(statSync(join(path, "null"), { bigint: true }).rdev, statSync("/dev/null", { bigint: true }).rdev);
    assert.equal(statSync(join(path, "whiteout")).rdev, 0);
    assert.ok(statSync(join(path, "fifo")).isFIFO());
    assert.throws(() => at.mknodat(fd, "far", constants.S_IFCHR, 1n << 40n), { errno: "EINVAL" });
  });

  it("sets the owner of a symbolic link, not of what it points to", () => {
    writeFileSync(join(path, "owned"), "");
    symlinkSync("owned", join(path, "owner"));
    at.fchownat(fd, "owner", 12345, 4294967294);
    assert.deepEqual([lstatSync(join(path, "owner")).uid, lstatSync(join(path, "owner")).gid], [12345, 4294967294]);
    assert.equal(statSync(join(path, "owned")).uid, 0);
  });

  it("changes the permissions of a device without opening it", () => {
    // Opening a FIFO without a writer would wait for ever.
    at.mknodat(fd, "pipe", constants.S_IFIFO | 0o600);
    at.fchmodat(fd, "pipe", 0o622);
    assert.equal(at.fstatat(fd, "pipe").mode & 0o777, 0o622);
  });
});

describe("syncfs", { skip }, () => {
  const { fd } = openDirectory("synced");
  it("resolves for a file system and rejects for no descriptor", async () => {
    await at.syncfs(fd);
    await assert.rejects(at.syncfs(-1), { errno: "EBADF", syscall: "syncfs" });
  });
});

describe("files in a worker thread", { skip }, () => {
  const { path } = openDirectory("worker");
  it("makes 1,000 files there", async () => {
    const program = `
      import { closeSync, constants, openSync } from "node:fs";
      import { parentPort } from "node:worker_threads";
      import { fchownat, openat } from ${JSON.stringify(new URL("./at.ts", import.meta.url).href)};
      const dir = openSync(${JSON.stringify(path)}, constants.O_DIRECTORY);
      for (let n = 0; n < 1000; n++) {
        closeSync(openat(dir, "file-" + n, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
        fchownat(dir, "file-" + n, process.getuid(), process.getgid());
      }
      closeSync(dir);
      parentPort.postMessage("done");
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    assert.deepEqual(await once(worker, "message"), ["done"]);
    await worker.terminate();
    assert.equal(readdirSync(path).length, 1000);
  });
});
