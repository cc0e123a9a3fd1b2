import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { missingPackages } from "./bootstrap/debian.mjs";
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

  it("name Debian packages that the set-up knows how to find, each once", () => {
    const exists = () => false;
    for (const [name, task] of Object.entries(tasks)) {
      const wanted = task.debian ?? [];
      assert.deepEqual([...new Set(wanted)], wanted, name);
      // Without a program or a file to look for, a package would never count as missing.
      const missing = missingPackages(task, { exists, onDebian: true });
      for (const each of wanted) assert.ok(missing.includes(each), `${name}: ${each}`);
    }
  });

  it("install for everything what they install for its parts", () => {
    for (const part of ["test", "conformance", "demo"]) {
      for (const name of tasks[part].debian ?? []) assert.ok(tasks.all.debian.includes(name), `${part}: ${name}`);
    }
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
