import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Mount } from "./mount.ts";
import { mountAll } from "./mount-all.ts";
import { listMounts } from "./mount-info.ts";
import { SystemError } from "./system-error.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { unmountAll } from "./unmount.ts";

function mount(type: string, source: string, options: readonly string[] = [], target = ""): Mount {
  return { type, source, target, options };
}

function directory(...parts: string[]): string {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

const readonlyError = (error: unknown) => error instanceof Error && "code" in error && error.code === "EROFS";

describe("mountAll", { skip: needsRoot }, () => {
  const root = testDirectory();
  let count = 0;
  const fresh = () => directory(root, String(count++));

  it("mounts a tmpfs with flags and with data", async () => {
    const target = fresh();
    await mountAll([mount("tmpfs", "tmpfs", ["nosuid", "nodev", "size=64k", "mode=0711"])], target);
    const [entry] = await listMounts(target);
    assert.equal(entry?.type, "tmpfs");
    assert.ok(entry.options.includes("nosuid") && entry.options.includes("nodev"));
    assert.ok(entry.superOptions.includes("size=64k"));
    assert.equal(statSync(target).mode & 0o777, 0o711);
  });

  it("enforces ro of a bind mount and keeps the flags that its source has", async () => {
    const source = fresh();
    const target = fresh();
    await mountAll([mount("tmpfs", "tmpfs", ["nosuid", "noexec", "noatime"])], source);
    await mountAll([mount("bind", source, ["ro"])], target);
    const [entry] = await listMounts(target);
    for (const option of ["ro", "nosuid", "noexec", "noatime"]) assert.ok(entry?.options.includes(option), option);
    assert.throws(() => writeFileSync(join(target, "x"), ""), readonlyError);
    writeFileSync(join(source, "x"), "still writable here");
  });

  it("enforces ro of an rbind for what is mounted below, and leaves the source as it is", async () => {
    const source = fresh();
    const target = fresh();
    await mountAll([mount("tmpfs", "tmpfs")], source);
    directory(source, "below");
    await mountAll([mount("tmpfs", "tmpfs", ["nodev"], "below")], source);
    await mountAll([mount("rbind", source, ["ro", "rprivate"])], target);
    assert.throws(() => writeFileSync(join(target, "x"), ""), readonlyError);
    assert.throws(() => writeFileSync(join(target, "below", "x"), ""), readonlyError);
    assert.ok((await listMounts(join(target, "below")))[0]?.options.includes("nodev"));
    writeFileSync(join(source, "below", "x"), "");
  });

  it("binds a single file", async () => {
    const place = fresh();
    writeFileSync(join(place, "a"), "from a");
    writeFileSync(join(place, "b"), "from b");
    await mountAll([mount("bind", join(place, "a"), ["ro"])], join(place, "b"));
    assert.equal(readFileSync(join(place, "b"), "utf8"), "from a");
    await unmountAll(join(place, "b"));
    assert.equal(readFileSync(join(place, "b"), "utf8"), "from b");
  });

  it("mounts each of several over the one before", async () => {
    const [first, second, target] = [fresh(), fresh(), fresh()];
    writeFileSync(join(first, "name"), "first");
    writeFileSync(join(second, "name"), "second");
    await mountAll([mount("bind", first), mount("bind", second, ["ro"])], target);
    assert.equal(readFileSync(join(target, "name"), "utf8"), "second");
    assert.equal((await listMounts(target)).length, 2);
    writeFileSync(join(first, "other"), "the lower one is not readonly");
  });

  it("mounts an overlay and captures writes in its upper directory", async () => {
    const base = fresh();
    const [lower, upper, work, target] = ["l", "u", "w", "t"].map((name) => directory(base, name));
    assert.ok(lower && upper && work && target);
    writeFileSync(join(lower, "below"), "from the layer");
    const options = ["index=off", `lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    await mountAll([mount("overlay", "overlay", options)], target);
    assert.equal(readFileSync(join(target, "below"), "utf8"), "from the layer");
    writeFileSync(join(target, "new"), "written");
    assert.equal(readFileSync(join(upper, "new"), "utf8"), "written");
  });

  it("mounts at a sub path, inside the root even where symbolic links point out of it", async () => {
    const target = fresh();
    const outside = fresh();
    directory(target, "etc");
    symlinkSync(outside, join(target, "absolute"));
    symlinkSync("../../../../../etc", join(target, "climbing"));
    await assert.rejects(mountAll([mount("tmpfs", "tmpfs", [], "absolute")], target), { code: "ENOENT" });
    await mountAll([mount("tmpfs", "tmpfs", [], "climbing")], target);
    assert.deepEqual(
      (await listMounts(target)).map((entry) => entry.mountPoint),
      [join(target, "etc")],
    );
    await assert.rejects(mountAll([mount("tmpfs", "tmpfs", [], "../../..")], join(target, "missing")), {
      code: "ENOENT",
    });
    assert.equal((await listMounts(outside)).length, 0);
  });

  it("changes propagation as asked", async () => {
    const target = fresh();
    await mountAll([mount("tmpfs", "tmpfs", ["shared"])], target);
    assert.match((await listMounts(target))[0]?.propagation.join() ?? "", /^shared:/);
  });

  it("remounts what is there", async () => {
    const target = fresh();
    await mountAll([mount("tmpfs", "tmpfs", ["size=64k"])], target);
    await mountAll([mount("tmpfs", "tmpfs", ["remount", "ro", "size=128k"])], target);
    const entries = await listMounts(target);
    assert.equal(entries.length, 1);
    assert.ok(entries[0]?.superOptions.includes("ro") && entries[0].superOptions.includes("size=128k"));
  });

  it("undoes what it mounted when a later mount fails, and says which failed", async () => {
    const target = fresh();
    const mounts = [mount("tmpfs", "tmpfs"), mount("bind", target), mount("no-such-fs", "x")];
    await assert.rejects(mountAll(mounts, target), (error: unknown) => {
      assert.ok(error instanceof SystemError);
      assert.equal(error.errno, "ENODEV");
      assert.equal(error.message, `mount no-such-fs on "${target}": no such device (ENODEV)`);
      assert.deepEqual(error.cleanup, []);
      return true;
    });
    assert.deepEqual(await listMounts(target), []);
  });

  it("undoes a bind mount that could not be made readonly", async () => {
    const target = fresh();
    const broken = mount("bind", root, ["ro", "private", "remount"]);
    await assert.rejects(mountAll([mount("bind", "/no/such/source", ["ro"])], target), { errno: "ENOENT" });
    await assert.rejects(mountAll([broken], target), { errno: "EINVAL" });
    assert.deepEqual(await listMounts(target), []);
  });

  it("stops between two mounts when aborted, and undoes the first", async () => {
    const target = fresh();
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const mounts = [mount("tmpfs", "tmpfs"), mount("tmpfs", "tmpfs")];
    const mounting = mountAll(mounts, target, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(mounting, reason);
    assert.deepEqual(await listMounts(target), []);
  });

  it("refuses options longer than a page for a type that has no other way", async () => {
    const target = fresh();
    const options = [`x=${"y".repeat(4100)}`];
    await assert.rejects(mountAll([mount("tmpfs", "tmpfs", options)], target), {
      errno: "EINVAL",
      message: `mount tmpfs on "${target}": mount options of 4102 bytes exceed the kernel's page of 4096 (EINVAL)`,
    });
  });

  it("leaves no descriptor open", async () => {
    const target = fresh();
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    await mountAll([mount("tmpfs", "tmpfs", ["shared"])], target);
    await assert.rejects(mountAll([mount("tmpfs", "tmpfs"), mount("no-such-fs", "x")], target));
    assert.equal(open(), before);
  });
});
