import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { explainSpawnFailure, findExecutable } from "./executable.ts";
import { testDirectory } from "./testing/directory.ts";

describe("findExecutable", { skip: process.platform === "win32" && "searches as Unix does" }, () => {
  const root = testDirectory();
  const [first, second] = [join(root, "first"), join(root, "second")];
  mkdirSync(join(first, "directory"), { recursive: true });
  mkdirSync(second);
  writeFileSync(join(first, "text"), "", { mode: 0o644 });
  writeFileSync(join(second, "text"), "", { mode: 0o755 });
  writeFileSync(join(second, "directory"), "", { mode: 0o755 });
  const PATH = `${first}:${second}`;

  it("takes a path as it is, whether or not it exists", async () => {
    assert.equal(await findExecutable({ file: "./here" }), "./here");
    assert.equal(await findExecutable({ file: "/no/such/program", env: { PATH } }), "/no/such/program");
  });

  it("passes over a directory and a file that is not executable", async () => {
    assert.equal(await findExecutable({ file: "text", env: { PATH } }), join(second, "text"));
    assert.equal(await findExecutable({ file: "directory", env: { PATH } }), join(second, "directory"));
  });

  it("does not take an empty part of PATH for the current directory", async () => {
    for (const path of ["", ":", `${first}::`]) {
      await assert.rejects(findExecutable({ file: "package.json", env: { PATH: path } }), { errno: "ENOENT" });
    }
  });
});

describe("explainSpawnFailure", () => {
  const root = testDirectory();

  it("blames the working directory only where that is missing", async () => {
    const here = await explainSpawnFailure("ENOENT", { file: "/x", cwd: root });
    assert.equal(here.message, 'start "/x": no such file or directory (ENOENT)');
    const gone = await explainSpawnFailure("ENOENT", { file: "/x", cwd: join(root, "gone") });
    assert.equal(
      gone.message,
      `start "/x": working directory ${JSON.stringify(join(root, "gone"))} is missing (ENOENT)`,
    );
  });

  it("does not speak of the directory for another failure", async () => {
    const error = await explainSpawnFailure("EACCES", { file: "/x", cwd: join(root, "gone") });
    assert.equal(error.message, 'start "/x": permission denied (EACCES)');
  });
});
