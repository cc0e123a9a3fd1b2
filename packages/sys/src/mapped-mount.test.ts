import assert from "node:assert/strict";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { IdMap } from "./id-map.ts";
import type { Mount } from "./mount.ts";
import { mountAll } from "./mount-all.ts";
import { listMounts } from "./mount-info.ts";
import { run } from "./run.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { unmountAll } from "./unmount.ts";
import { getXattr, setXattr } from "./xattr.ts";

const ids = [{ stored: 0, shown: 100_000, size: 65_536 }];
const idMap: IdMap = { uids: ids, gids: ids };
const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
const tooOld = major < 5 || (major === 5 && minor < 19) ? "needs Linux 5.19" : false;

/** Runs a script of the shell as root of the user namespace that the files are shown for. */
async function asShownRoot(script: string, cwd: string): Promise<void> {
  const args = ["--reuid", "100000", "--regid", "100000", "--clear-groups", "sh", "-ec", script];
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const { code, stderr } = await run({ file: "setpriv", args, cwd, env });
  assert.equal(code, 0, stderr);
}

function ownerOf(path: string): readonly [number, number] {
  const { uid, gid } = lstatSync(path);
  return [uid, gid];
}

/** `security.capability` of version 2 for CAP_NET_RAW, as setcap(8) writes it. */
const netRaw = Buffer.from("0100000200200000000000000000000000000000", "hex");

describe("mountAll with other owners", { skip: needsRoot || tooOld }, () => {
  const root = testDirectory();
  chmodSync(root, 0o711);
  let count = 0;
  const fresh = (...parts: string[]) => {
    const path = join(root, String(count++), ...parts);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const overlayOf = (lower: readonly string[], snapshot: string): Mount => {
    for (const name of ["fs", "work"]) mkdirSync(join(snapshot, name));
    const upper = [`upperdir=${join(snapshot, "fs")}`, `workdir=${join(snapshot, "work")}`];
    return { type: "overlay", source: "overlay", target: "", options: [`lowerdir=${lower.join(":")}`, ...upper] };
  };

  it("shows a bind mount's files with other owners and stores what is made with its own", async () => {
    const source = fresh();
    const target = fresh();
    writeFileSync(join(source, "old"), "");
    chownSync(join(source, "old"), 33, 34);
    await mountAll([{ type: "bind", source, target: "", options: ["nodev"] }], target, { idMap });
    assert.deepEqual(ownerOf(join(target, "old")), [100_033, 100_034]);
    await asShownRoot("echo > new; chown 5:6 new 2> /dev/null || mkdir sub", target);
    assert.deepEqual(ownerOf(join(target, "new")), [100_000, 100_000]);
    assert.deepEqual(ownerOf(join(source, "new")), [0, 0]);
    const mounts = await listMounts(target);
    assert.equal(mounts.length, 1);
    assert.ok(mounts[0]?.options.includes("nodev"), "the flags are kept");
    await unmountAll(target);
  });

  it("shows an overlay with other owners, writable, with setuid bits and capabilities, and stores none of it", async () => {
    const [lower, other, snapshot, target] = [fresh(), fresh("a:b,c\\d"), fresh(), fresh()];
    writeFileSync(join(lower, "program"), "x");
    chownSync(join(lower, "program"), 0, 7);
    chmodSync(join(lower, "program"), 0o6755);
    writeFileSync(join(lower, "capable"), "x");
    setXattr(join(lower, "capable"), "security.capability", netRaw);
    mkdirSync(join(other, "directory"));
    writeFileSync(join(other, "directory", "file"), "x");
    const escaped = other.replace(/[\\:,]/g, "\\$&");
    await mountAll([overlayOf([lower, escaped], snapshot)], target, { idMap });

    assert.deepEqual(ownerOf(target), [100_000, 100_000]);
    assert.deepEqual(ownerOf(join(target, "program")), [100_000, 100_007]);
    assert.equal(statSync(join(target, "program")).mode & 0o7777, 0o6755);
    await asShownRoot("touch -d @7 program; echo > new; rm directory/file; mkdir made", target);
    await asShownRoot("mv new made/moved; ln made/moved linked", target);

    const stored = join(snapshot, "fs");
    for (const name of ["program", "directory", "made", "linked"]) {
      assert.equal(lstatSync(join(stored, name)).uid, 0, name);
    }
    assert.deepEqual(ownerOf(join(stored, "program")), [0, 7]);
    assert.equal(lstatSync(join(stored, "program")).mode & 0o7777, 0o6755, "what is copied up keeps its bits");
    assert.ok(lstatSync(join(stored, "directory", "file")).isCharacterDevice(), "a removed file is a whiteout");
    await asShownRoot("chmod 700 capable", target);
    assert.deepEqual(getXattr(join(stored, "capable"), "security.capability"), netRaw);
    assert.deepEqual(
      (await listMounts(root)).map(({ mountPoint, type }) => [mountPoint, type]),
      [[target, "overlay"]],
      "the layers are shown nowhere",
    );
    await unmountAll(target);
    // The next mount of the snapshot, without other owners, finds everything where it belongs.
    await mountAll([{ ...overlayOf([lower], fresh()), options: [`lowerdir=${stored}:${lower}`] }], target);
    assert.deepEqual(ownerOf(join(target, "made", "moved")), [0, 0]);
    await unmountAll(target);
  });

  it("shows an overlay without a layer to write to, and one with more layers than a page names", async () => {
    const target = fresh();
    const lower = Array.from({ length: 120 }, (_, index) => {
      const layer = fresh();
      writeFileSync(join(layer, `file-${index}`), "");
      return layer;
    });
    const readonly: Mount = {
      type: "overlay",
      source: "overlay",
      target: "",
      options: [`lowerdir=${lower.join(":")}`],
    };
    await mountAll([readonly], target, { idMap });
    assert.equal(readdirSync(target).length, 120);
    assert.deepEqual(ownerOf(join(target, "file-119")), [100_000, 100_000]);
    await unmountAll(target);
    await mountAll([overlayOf(lower, fresh())], target, { idMap });
    await asShownRoot("rm file-119", target);
    assert.equal(readdirSync(target).length, 119);
    await unmountAll(target);
  });

  it("rejects a file system that has no such mounts with EINVAL, and leaves nothing", async () => {
    const [lower, target, shown] = [fresh(), fresh(), fresh()];
    await mountAll([overlayOf([lower], fresh())], shown);
    const overlaid: Mount = { type: "bind", source: shown, target: "", options: [] };
    await assert.rejects(mountAll([overlaid], target, { idMap }), { code: "EINVAL", syscall: "mount_setattr" });
    await assert.rejects(mountAll([overlayOf([shown], fresh())], target, { idMap }), { code: "EINVAL" });
    const missing = join(root, "missing");
    await assert.rejects(mountAll([overlayOf([missing], fresh())], target, { idMap }), { code: "ENOENT" });
    assert.deepEqual(await listMounts(target), []);
    assert.deepEqual(readdirSync(target), []);
    await unmountAll(shown);
  });

  it("rejects ids that overlap with EINVAL, naming them", async () => {
    const [source, target] = [fresh(), fresh()];
    const uids = [...ids, { stored: 5, shown: 900_000, size: 2 }];
    const bind: Mount = { type: "bind", source, target: "", options: [] };
    await assert.rejects(mountAll([bind], target, { idMap: { uids, gids: ids } }), {
      code: "EINVAL",
      message: /5 900000 2/,
    });
    assert.deepEqual(await listMounts(target), []);
    rmSync(target, { recursive: true });
  });
});
