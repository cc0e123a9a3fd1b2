import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { nodeHost } from "./host-node.ts";
import { LogNames } from "./log-names.ts";
import { ProcessFiles } from "./process-files.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
let made = 0;

function namesWith(...parts: readonly string[]) {
  made += 1;
  const files = new ProcessFiles(join(root, String(made)), "x");
  mkdirSync(files.logParts, { recursive: true });
  for (const part of parts) writeFileSync(join(files.logParts, part), "");
  return { files, names: new LogNames(nodeHost, files) };
}

describe("LogNames", () => {
  it("reads the numbers of links to parts, and of nothing else", async () => {
    const { files, names } = namesWith();
    assert.equal(await names.current(), null);
    symlinkSync(names.target(6), files.log);
    symlinkSync("/logs/7", files.nextLog);
    assert.equal(await names.current(), 6);
    assert.equal(await names.next(), null);
  });

  it("finds the newest part by number, not by name", async () => {
    assert.equal(await namesWith().names.newest(), 0);
    assert.equal(await namesWith("9", "10", "11.after", "other").names.newest(), 10);
  });

  it("knows the part before another by a note, as long as it is there", async () => {
    const { names } = namesWith("4", "6");
    assert.equal(await names.before(6), null);
    await names.noteFollows(6, 4);
    await names.noteFollows(6, 4);
    assert.equal(await names.before(6), 4);
    await names.removeBelow(6);
    assert.equal(await names.before(6), null);
  });

  it("removes older parts and their notes alone", async () => {
    const { files, names } = namesWith("2", "4", "6");
    for (const number of [4, 6, 8]) await names.noteFollows(number, number - 2);
    await names.removeBelow(4);
    assert.deepEqual(readdirSync(files.logParts).toSorted(), ["4", "6", "6.after", "8.after"]);
  });
});
