import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readJson, writeJson } from "./json-file.ts";

describe("readJson and writeJson", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "json-file-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("give back what was written last, and leave nothing beside it", () => {
    const path = join(directory, "a.json");
    writeJson(path, { a: 1 });
    writeJson(path, { a: 2 });
    assert.deepEqual(readJson(path), { a: 2 });
    assert.deepEqual(readdirSync(directory), ["a.json"]);
  });

  it("tell what is not there from what cannot be read", () => {
    assert.equal(readJson(join(directory, "none.json")), undefined);
    writeFileSync(join(directory, "b.json"), "{");
    assert.throws(() => readJson(join(directory, "b.json")), SyntaxError);
  });
});
