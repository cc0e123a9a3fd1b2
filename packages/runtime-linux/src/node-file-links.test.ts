import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeFileLinks } from "./node-file-links.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const at = (name: string) => join(root, name);

describe("links of the host", () => {
  it("are read, null where there is none or something else", async () => {
    symlinkSync("elsewhere", at("link"));
    writeFileSync(at("file"), "");
    assert.equal(await nodeFileLinks.readLink(at("link")), "elsewhere");
    assert.equal(await nodeFileLinks.readLink(at("file")), null);
    assert.equal(await nodeFileLinks.readLink(at("nothing")), null);
  });

  it("are made where nothing stands in the way", async () => {
    assert.equal(await nodeFileLinks.makeLink("one", at("made")), true);
    assert.equal(await nodeFileLinks.makeLink("two", at("made")), false);
    assert.equal(await nodeFileLinks.readLink(at("made")), "one");
  });

  it("give a file a second name, which tells that it is the same", async () => {
    writeFileSync(at("first"), "text");
    assert.equal(await nodeFileLinks.linkFile(at("first"), at("second")), true);
    assert.equal(await nodeFileLinks.linkFile(at("first"), at("second")), false);
    assert.equal(readFileSync(at("second"), "utf8"), "text");
    assert.equal(await nodeFileLinks.fileId(at("first")), await nodeFileLinks.fileId(at("second")));
  });

  it("are followed neither to name a file nor to tell it", async () => {
    writeFileSync(at("target"), "");
    symlinkSync("target", at("pointer"));
    await nodeFileLinks.linkFile(at("pointer"), at("pointer2"));
    assert.equal(await nodeFileLinks.readLink(at("pointer2")), "target");
    assert.equal(await nodeFileLinks.fileId(at("pointer")), null);
  });

  it("tell files apart, and what is no file from one", async () => {
    for (const name of ["a", "b"]) writeFileSync(at(name), "");
    mkdirSync(at("directory"));
    assert.notEqual(await nodeFileLinks.fileId(at("a")), await nodeFileLinks.fileId(at("b")));
    assert.equal(await nodeFileLinks.fileId(at("directory")), null);
    assert.equal(await nodeFileLinks.fileId(at("nothing")), null);
  });

  it("fail with what was tried where a directory is none", async () => {
    const error = await rejectsWith("internal", nodeFileLinks.makeLink("x", at("nowhere/link")));
    assert.match(error.message, /cannot make link .*nowhere\/link/);
  });
});
