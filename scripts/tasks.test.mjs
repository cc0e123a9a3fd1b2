import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { inRoot } from "./bootstrap/root.mjs";
import { isTaskName, taskList, tasks } from "./tasks.mjs";

describe("the tasks", () => {
  it("are the npm scripts of the root, one each", () => {
    const { scripts } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
    const runs = Object.entries(scripts).filter(([, command]) => command.startsWith("node scripts/run.mjs "));
    assert.deepEqual(
      runs.map(([name, command]) => [name, command]).sort(),
      Object.keys(tasks)
        .map((name) => [name, `node scripts/run.mjs ${name}`])
        .sort(),
    );
  });

  it("are known by their own names alone", () => {
    assert.equal(isTaskName("demo"), true);
    assert.equal(isTaskName("toString"), false);
    assert.equal(isTaskName(""), false);
  });

  it("stand in the list for a person, each with what it does", () => {
    for (const [name, { about }] of Object.entries(tasks)) assert.ok(taskList().includes(about), name);
  });
});
