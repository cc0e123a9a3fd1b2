import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { canMount, mountCommand, withHostMounts } from "./host-mounts.ts";

async function scratch(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-host-mounts-"));
  test.after(() => rm(directory, { recursive: true }));
  return directory;
}

describe("mountCommand", () => {
  it("says bind where nothing else does", () => {
    const mount = { type: "bind", source: "/from", target: "", options: ["ro"] };
    assert.deepEqual(mountCommand(mount, "/to"), { args: ["-o", "bind,ro", "/from", "/to"] });
    const recursive = { ...mount, options: ["rbind", "rw"] };
    assert.deepEqual(mountCommand(recursive, "/to"), { args: ["-o", "rbind,rw", "/from", "/to"] });
  });

  it("leaves -o away where there are no options", () => {
    const mount = { type: "tmpfs", source: "tmpfs", target: "", options: [] };
    assert.deepEqual(mountCommand(mount, "/to"), { args: ["-t", "tmpfs", "tmpfs", "/to"] });
  });

  it("gives the paths of an overlay from their common directory", () => {
    const options = [
      "index=off",
      "workdir=/root/s/3/work",
      "upperdir=/root/s/3/fs",
      "lowerdir=/root/s/2/fs:/root/s/1/fs",
    ];
    const mount = { type: "overlay", source: "overlay", target: "", options };
    assert.deepEqual(mountCommand(mount, "/to"), {
      args: ["-t", "overlay", "-o", "index=off,workdir=3/work,upperdir=3/fs,lowerdir=2/fs:1/fs", "overlay", "/to"],
      directory: "/root/s",
    });
    const apart = { ...mount, options: ["lowerdir=/one/a:/other"] };
    assert.deepEqual(mountCommand(apart, "/to"), {
      args: ["-t", "overlay", "-o", "lowerdir=one/a:other", "overlay", "/to"],
      directory: "/",
    });
  });

  it("leaves the paths of an overlay as they are where one has to be read with care", () => {
    const options = ["ro", String.raw`lowerdir=/root/a\:b:/root/c`];
    const mount = { type: "overlay", source: "overlay", target: "", options };
    assert.deepEqual(mountCommand(mount, "/to"), {
      args: ["-t", "overlay", "-o", options.join(), "overlay", "/to"],
    });
  });
});

describe("withHostMounts", { skip: !canMount() && "mounting needs root" }, () => {
  it("performs mounts in order and undoes them, also when the look at them fails", async (test) => {
    const directory = await scratch(test);
    const from = join(directory, "from");
    const place = join(directory, "place");
    await mkdir(join(from, "below"), { recursive: true });
    await mkdir(place);
    await writeFile(join(from, "file"), "x");
    const mounts = [
      { type: "bind", source: from, target: "", options: ["rbind", "ro"] },
      { type: "tmpfs", source: "tmpfs", target: "below", options: ["size=1m"] },
    ];
    const look = async (path: string) => {
      assert.equal(await readFile(join(path, "file"), "utf8"), "x");
      await assert.rejects(writeFile(join(path, "file"), "y"), { code: "EROFS" });
      await writeFile(join(path, "below/file"), "in the second mount");
      throw new TypeError("seen");
    };
    await assert.rejects(withHostMounts(mounts, place, look), /seen/);
    await assert.rejects(readFile(join(place, "file")), { code: "ENOENT" });
    await assert.rejects(readFile(join(from, "below/file")), { code: "ENOENT" });
  });

  it("undoes the first mounts when a later one fails, with what the command said", async (test) => {
    const directory = await scratch(test);
    const mounts = [
      { type: "tmpfs", source: "tmpfs", target: "", options: [] },
      { type: "bind", source: join(directory, "nothing"), target: "", options: [] },
    ];
    await assert.rejects(
      withHostMounts(mounts, directory, async () => {}),
      /nothing/,
    );
    await writeFile(join(directory, "file"), "not in the first mount");
    assert.equal(await readFile(join(directory, "file"), "utf8"), "not in the first mount");
  });
});
