import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import type { Stdio } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { checkImagesPath, checkStreams, removeImages, requireEmptyDirectory, requireImages } from "./images.ts";
import { testDirectory } from "./testing/directory.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "container", id: "c1" } as const;
const root = testDirectory();

describe("the directory of a checkpoint", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(root, "images-"));
  });

  it("has an absolute path", () => {
    for (const wrong of ["", "images", "./images", "/images\0"]) {
      throwsWith("invalid-argument", () => checkImagesPath(wrong, subject));
    }
    checkImagesPath("/images", subject);
  });

  for (const [name, check] of [
    ["requireEmptyDirectory", requireEmptyDirectory],
    ["requireImages", requireImages],
  ] as const) {
    it(`is there, and is a directory: ${name}`, async () => {
      writeFileSync(join(path, "file"), "");
      await rejectsWith("not-found", check(nodeHost, join(path, "nothing"), subject));
      await rejectsWith("invalid-argument", check(nodeHost, join(path, "file"), subject));
      await rejectsWith("invalid-argument", check(nodeHost, "file", subject));
    });
  }

  it("is empty before, also behind a link", async () => {
    mkdirSync(join(path, "empty"));
    symlinkSync("empty", join(path, "link"));
    await requireEmptyDirectory(nodeHost, join(path, "link"), subject);
    await rejectsWith("failed-precondition", requireEmptyDirectory(nodeHost, path, subject));
  });

  it("has what CRIU and runc write, afterwards", async () => {
    writeFileSync(join(path, "inventory.img"), "");
    assert.match((await rejectsWith("invalid-argument", requireImages(nodeHost, path, subject))).detail, /descriptors/);
    writeFileSync(join(path, "descriptors.json"), "[]");
    await requireImages(nodeHost, path, subject);
  });

  it("is emptied as a whole, and stays", async () => {
    mkdirSync(join(path, "below/more"), { recursive: true });
    writeFileSync(join(path, "core-1.img"), "");
    symlinkSync("/nowhere", join(path, "link"));
    await removeImages(nodeHost, path);
    assert.deepEqual(readdirSync(path), []);
  });
});

describe("checkStreams", () => {
  const log: Stdio = { kind: "log" };

  it("takes the pipes of a monitor", () => {
    for (const stdio of [log, { kind: "none" }] as const) checkStreams({ stdio, terminal: false }, subject);
  });

  for (const [what, process] of [
    ["terminal", { stdio: log, terminal: true }],
    ["standard input", { stdio: { kind: "log", stdin: true }, terminal: false }],
    ["kind pipes", { stdio: { kind: "pipes", stdout: "/out" }, terminal: false }],
  ] as const) {
    it(`refuses with unimplemented, and names it: ${what}`, () => {
      assert.match(throwsWith("unimplemented", () => checkStreams(process, subject)).detail, new RegExp(what));
    });
  }
});
