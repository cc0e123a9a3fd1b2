import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAtOrBelow, listMounts, parseMountInfo } from "./mount-info.ts";

describe("parseMountInfo", () => {
  it("reads all fields of a line, with any number of optional ones", () => {
    const [entry] = parseMountInfo(
      "36 35 98:0 /sub /mnt/a rw,noatime shared:3 master:1 - ext4 /dev/root rw,errors=continue\n",
    );
    assert.deepEqual(entry, {
      id: 36,
      parentId: 35,
      device: "98:0",
      root: "/sub",
      mountPoint: "/mnt/a",
      options: ["rw", "noatime"],
      propagation: ["shared:3", "master:1"],
      type: "ext4",
      source: "/dev/root",
      superOptions: ["rw", "errors=continue"],
    });
  });

  it("decodes space, tab, newline and backslash", () => {
    const [entry] = parseMountInfo(String.raw`1 0 0:1 / /a\040b\011c\012d\134e rw - tmpfs none rw`);
    assert.equal(entry?.mountPoint, "/a b\tc\nd\\e");
  });

  it("decodes an escaped comma in an option without splitting there", () => {
    const [entry] = parseMountInfo(String.raw`1 0 0:1 / /m rw - overlay overlay rw,lowerdir=/a\054b`);
    assert.deepEqual(entry?.superOptions, ["rw", "lowerdir=/a,b"]);
  });

  it("takes a mount whose source is a hyphen or empty", () => {
    assert.equal(parseMountInfo("1 0 0:1 / /m rw - tmpfs - rw")[0]?.source, "-");
    assert.equal(parseMountInfo("1 0 0:1 / /m rw - tmpfs  rw")[0]?.source, "");
  });

  it("leaves out what is no line", () => assert.deepEqual(parseMountInfo("\n1 0 0:1 / /cut\n"), []));
});

describe("isAtOrBelow", () => {
  it("compares whole components", () => {
    assert.equal(isAtOrBelow("/a/b", "/a/b"), true);
    assert.equal(isAtOrBelow("/a/b/c", "/a/b"), true);
    assert.equal(isAtOrBelow("/a/bc", "/a/b"), false);
    assert.equal(isAtOrBelow("/a", "/"), true);
  });
});

describe("listMounts", { skip: process.platform !== "linux" && "needs /proc of Linux" }, () => {
  it("lists the mount of /proc", async () => {
    assert.ok((await listMounts("/proc")).some((entry) => entry.mountPoint === "/proc" && entry.type === "proc"));
  });
  it("lists nothing below a path that has no mounts", async () =>
    assert.deepEqual(await listMounts("/no/such/place"), []));
});
