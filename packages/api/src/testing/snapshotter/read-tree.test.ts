import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { readTree } from "./read-tree.ts";

const owner = `${process.getuid?.()}:${process.getgid?.()}`;

async function scratch(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-read-tree-"));
  test.after(() => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  return directory;
}

describe("readTree", { skip: process.platform === "win32" && "files have no owners as numbers here" }, () => {
  it("shows type, mode, owner, size and content, in the order of the names' bytes", async (test) => {
    const root = await scratch(test);
    await mkdir(join(root, "b"));
    await chmod(join(root, "b"), 0o2750);
    await writeFile(join(root, "b/file"), "content");
    await chmod(join(root, "b/file"), 0o640);
    await symlink("some/where", join(root, "a"));
    // The first eight bytes of the SHA-256 of "content".
    const digest = "ed7002b439e9ac84";
    assert.deepEqual(
      [...(await readTree(root))],
      [
        [".", `directory 755 ${owner}`],
        ["a", `link ${owner} -> some/where`],
        ["b", `directory 2750 ${owner}`],
        ["b/file", `file 640 ${owner} 7 ${digest}`],
      ],
    );
  });

  it("tells files apart whose contents alone differ", async (test) => {
    const root = await scratch(test);
    await writeFile(join(root, "one"), "1");
    await writeFile(join(root, "two"), "2");
    const tree = await readTree(root);
    assert.notEqual(tree.get("one"), tree.get("two"));
  });

  it("shows names that are no UTF-8, each byte as a character", async (test) => {
    const root = await scratch(test);
    await writeFile(Buffer.concat([Buffer.from(`${root}/latin1 `), Buffer.of(0xe9)]), "");
    assert.deepEqual([...(await readTree(root)).keys()], [".", "latin1 \u00e9"]);
  });

  it("shows FIFOs without reading them", async (test) => {
    const root = await scratch(test);
    await promisify(execFile)("mkfifo", ["-m", "0600", join(root, "fifo")]);
    assert.equal((await readTree(root)).get("fifo"), `fifo 600 ${owner}`);
  });

  it("shows the numbers of devices, so that two are told apart", async () => {
    const one = (await readTree("/dev/null")).get(".") ?? "";
    const two = (await readTree("/dev/zero")).get(".") ?? "";
    assert.match(one, /^character device \d+ \d+ \d+:\d+$/);
    assert.notEqual(one, two);
  });
});
