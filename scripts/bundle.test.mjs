import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { bundleProgram } from "./bundle.mjs";

const files = {
  "program/package.json": '{ "name": "@gantry/program", "type": "module", "dependencies": { "@gantry/part": "1" } }',
  "program/dist/main.js":
    'import { ask } from "@gantry/part"; const { late } = await import("./late.js"); console.log(await ask(), late);',
  "program/dist/late.js": 'import { word } from "other"; export const late = word;',
  "program/node_modules/other/package.json":
    '{ "name": "other", "version": "1.2.3", "license": "MIT", "main": "index.js" }',
  "program/node_modules/other/index.js": 'exports.word = typeof require("node:os").tmpdir;',
  "program/node_modules/other/LICENSE": "do what you like",
  "program/node_modules/@gantry/part/package.json":
    '{ "name": "@gantry/part", "type": "module", "exports": "./dist/index.js" }',
  "program/node_modules/@gantry/part/dist/index.js":
    'import { Worker } from "node:worker_threads"; export const ask = () => new Promise((resolve) => new Worker(new URL("./answer-thread.js", import.meta.url)).once("message", resolve));',
  "part/package.json": '{ "name": "@gantry/part", "type": "module" }',
  "part/dist/deep/answer-thread.js":
    'import { parentPort } from "node:worker_threads"; parentPort.postMessage("from a thread");',
};

describe("bundleProgram", () => {
  let directory;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "gantry-bundle-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it("makes a program that needs no other package, threads and late imports included", async () => {
    await bundleProgram(join(directory, "program"));
    const alone = join(directory, "alone");
    renameSync(join(directory, "program/bundle"), alone);
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    assert.equal(
      execFileSync(process.execPath, [join(alone, "main.js")], { encoding: "utf8" }),
      "from a thread function\n",
    );
    assert.match(readFileSync(join(alone, "LICENSES.txt"), "utf8"), /^other 1\.2\.3 \(MIT\)\n\ndo what you like$/m);
  });

  it("finds every thread of the packages by its name", () => {
    const packages = new URL("../packages/", import.meta.url);
    const sources = globSync("*/src/**/*.ts", { cwd: packages }).filter((file) => !file.endsWith(".test.ts"));
    const started = sources.flatMap((file) => {
      const text = readFileSync(new URL(file, packages), "utf8");
      return text.includes("new Worker(") ? [...text.matchAll(/"\.\/(\S+)\.js"/g)].map(([, name]) => name) : [];
    });
    assert.ok(started.length >= 4, started.join());
    for (const name of started) assert.match(name, /-(worker|thread)$/);
  });
});
