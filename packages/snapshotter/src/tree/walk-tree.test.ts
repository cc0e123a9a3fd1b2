import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mountAll } from "@gantry/sys";
import { makeDeep } from "../../conformance/deep-tree.ts";
import { isRoot, scratchDirectory } from "../../conformance/scratch-directory.ts";
import { walkTree } from "./walk-tree.ts";

function stepsOf(root: string, twin?: string): readonly string[] {
  const visits = walkTree(Buffer.from(root), twin === undefined ? undefined : Buffer.from(twin));
  return [...visits].map(({ step, path }) => `${step} ${path.toString().slice(root.length + 1)}`);
}

describe("walkTree", () => {
  it("shows what is in a directory between its enter and its leave", async (test) => {
    const root = await scratchDirectory(test);
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "a/b/file"), "");
    symlinkSync("/", join(root, "a/link"));
    assert.deepEqual(
      new Set(stepsOf(root)),
      new Set(["enter ", "enter a", "enter a/b", "pass a/b/file", "leave a/b", "pass a/link", "leave a", "leave "]),
    );
    const steps = stepsOf(root);
    assert.equal(steps[0], "enter ");
    assert.equal(steps.at(-1), "leave ");
    assert.ok(steps.indexOf("enter a/b") < steps.indexOf("pass a/b/file"));
    assert.ok(steps.indexOf("pass a/b/file") < steps.indexOf("leave a/b"));
  });

  it("takes a root that is a file, and names that are no UTF-8", async (test) => {
    const root = await scratchDirectory(test);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff, 0xfe)]), "");
    const paths = [...walkTree(Buffer.from(root))].map(({ path }) => path);
    assert.deepEqual(paths[1]?.subarray(-2), Buffer.of(0xff, 0xfe));
    writeFileSync(join(root, "file"), "");
    assert.deepEqual(stepsOf(join(root, "file")), ["pass "]);
  });

  it("reaches the bottom of a tree deeper than PATH_MAX and leaves no descriptor open", async (test) => {
    const root = await scratchDirectory(test);
    makeDeep(root, 60);
    const before = readdirSync("/proc/self/fd").length;
    const visits = [...walkTree(Buffer.from(root))];
    assert.equal(visits.filter(({ path }) => path.toString().endsWith("/bottom")).length, 1);
    assert.equal(visits.length, 2 * 62 + 1);
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });

  it("closes what it opened when it is left early", async (test) => {
    const root = await scratchDirectory(test);
    makeDeep(root, 60);
    const before = readdirSync("/proc/self/fd").length;
    for (const { step } of walkTree(Buffer.from(root))) {
      if (step === "pass") {
        break;
      }
    }
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });

  it("leaves out what vanishes meanwhile", async (test) => {
    const root = await scratchDirectory(test);
    mkdirSync(join(root, "a"));
    mkdirSync(join(root, "b"));
    const seen: string[] = [];
    for (const { step, path } of walkTree(Buffer.from(root))) {
      seen.push(`${step} ${path.toString().slice(root.length + 1)}`);
      if (seen.length === 1) {
        rmSync(join(root, "a"), { recursive: true });
      }
      if (seen.length === 2) {
        rmSync(join(root, "b"), { recursive: true });
      }
    }
    assert.deepEqual(seen, ["enter ", "enter b", "leave b", "leave "]);
  });

  it("passes a place where something is mounted, and does not enter it", {
    skip: !isRoot && "needs root",
  }, async (test) => {
    const root = await scratchDirectory(test);
    mkdirSync(join(root, "mounted"));
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], join(root, "mounted"));
    writeFileSync(join(root, "mounted/file"), "");
    assert.deepEqual(stepsOf(root), ["enter ", "pass mounted", "leave "]);
  });

  it("gives the place in a second tree beside each path", async (test) => {
    const root = await scratchDirectory(test);
    mkdirSync(join(root, "one/a"), { recursive: true });
    closeSync(openSync(join(root, "one/a/file"), "w"));
    const twins = [...walkTree(Buffer.from(join(root, "one")), Buffer.from(join(root, "two")))];
    const file = twins.find(({ step }) => step === "pass");
    assert.equal(file?.twin.toString(), join(root, "two/a/file"));
  });
});
