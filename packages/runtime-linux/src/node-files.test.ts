import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const at = (name: string) => join(root, name);

describe("files of the host", () => {
  it("are read as text, null where there is none", async () => {
    writeFileSync(at("text"), "ümläut");
    assert.equal(await nodeHost.readText(at("text")), "ümläut");
    assert.equal(await nodeHost.readText(at("nothing")), null);
    assert.match((await nodeHost.readText("/proc/self/status")) ?? "", /^Name:/);
  });

  it("are not read through links, and never waited for", async () => {
    symlinkSync(at("text"), at("link"));
    await rejectsWith("internal", nodeHost.readText(at("link")));
    execFileSync("mkfifo", [at("fifo")]);
    await rejectsWith("internal", nodeHost.readText(at("fifo")));
  });

  it("are refused with data-loss where they are larger than any of ours", async () => {
    writeFileSync(at("large"), Buffer.alloc(4 * 1024 * 1024 + 1));
    await rejectsWith("data-loss", nodeHost.readText(at("large")));
  });

  it("are replaced whole, for root alone, also where an earlier try has left a part", async () => {
    writeFileSync(at("record"), "old");
    writeFileSync(at("record.new"), "half");
    await nodeHost.replaceText(at("record"), "new");
    assert.equal(readFileSync(at("record"), "utf8"), "new");
    assert.equal(existsSync(at("record.new")), false);
    assert.equal(statSync(at("record")).mode & 0o777, 0o600);
  });

  it("are not replaced through a link that stands in the way", async () => {
    writeFileSync(at("victim"), "untouched");
    symlinkSync(at("victim"), at("trap.new"));
    await nodeHost.replaceText(at("trap"), "new");
    assert.equal(readFileSync(at("victim"), "utf8"), "untouched");
    assert.equal(readFileSync(at("trap"), "utf8"), "new");
  });

  it("are written once", async () => {
    await nodeHost.writeText(at("once"), "a");
    await rejectsWith("internal", nodeHost.writeText(at("once"), "b"));
    assert.equal(readFileSync(at("once"), "utf8"), "a");
  });

  it("are found, dated and removed, and it is no failure where they are not there", async () => {
    writeFileSync(at("there"), "");
    assert.equal(await nodeHost.exists(at("there")), true);
    assert.ok(await nodeHost.modifiedAt(at("there")));
    await nodeHost.removeFile(at("there"));
    await nodeHost.removeFile(at("there"));
    assert.equal(await nodeHost.exists(at("there")), false);
    assert.equal(await nodeHost.modifiedAt(at("there")), null);
  });
});

describe("directories of the host", () => {
  it("are made once, for root alone", async () => {
    assert.equal(await nodeHost.makeDirectory(at("directory")), true);
    assert.equal(await nodeHost.makeDirectory(at("directory")), false);
    assert.equal(statSync(at("directory")).mode & 0o777, 0o700);
  });

  it("are listed, empty where there is none", async () => {
    mkdirSync(at("listed/inner"), { recursive: true });
    writeFileSync(at("listed/file"), "");
    assert.deepEqual((await nodeHost.list(at("listed"))).toSorted(), ["file", "inner"]);
    assert.deepEqual(await nodeHost.listDirectories(at("listed")), ["inner"]);
    assert.deepEqual(await nodeHost.list(at("nothing")), []);
    assert.deepEqual(await nodeHost.listDirectories(at("nothing")), []);
  });

  it("are removed only if they are empty", async () => {
    mkdirSync(at("full"));
    writeFileSync(at("full/file"), "");
    assert.equal(await nodeHost.removeEmptyDirectory(at("full")), false);
    await nodeHost.removeFile(at("full/file"));
    assert.equal(await nodeHost.removeEmptyDirectory(at("full")), true);
    assert.equal(await nodeHost.removeEmptyDirectory(at("full")), true);
  });

  it("are removed as trees without following links", async () => {
    mkdirSync(at("outside"));
    writeFileSync(at("outside/file"), "");
    mkdirSync(at("tree/deep"), { recursive: true });
    symlinkSync(at("outside"), at("tree/deep/link"));
    await nodeHost.removeTree(at("tree"));
    await nodeHost.removeTree(at("tree"));
    assert.deepEqual(readdirSync(at("outside")), ["file"]);
  });
});
