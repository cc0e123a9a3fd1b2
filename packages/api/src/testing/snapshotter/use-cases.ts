import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, open, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { CaseGroup } from "../suite.ts";
import { commitTree, onTrees, type SnapshotterHarness, type TreeHarness, viewTree } from "./harness.ts";

/** What programs at work in a tree rely on: that files which they hold stay the same while they are changed. */
export const useCases: CaseGroup<SnapshotterHarness> = {
  "an open file of the parent keeps its content and its inode while its name is replaced": onTrees(async (harness) => {
    await commitBase(harness);
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      const file = await open(join(root, "directory/file"), "r");
      const before = await file.stat();
      await chmod(join(root, "directory/file"), 0o600);
      assert.equal((await lstat(join(root, "directory/file"))).mode & 0o777, 0o600);
      await writeFile(join(root, "other"), "new");
      await rename(join(root, "other"), join(root, "directory/file"));
      assert.equal(await readFile(join(root, "directory/file"), "utf8"), "new");
      assert.equal((await file.stat()).ino, before.ino);
      assert.equal(await file.readFile("utf8"), "old");
      await file.close();
    });
    assert.equal(await viewTree(harness, "base", (root) => readFile(join(root, "directory/file"), "utf8")), "old");
  }),

  "files and directories of the parent keep their inodes while they are changed, and when they are shown again":
    onTrees(async (harness) => {
      await commitBase(harness);
      const paths = ["directory", "directory/inner", "directory/file"];
      const inodes = async (root: string) =>
        Promise.all(paths.map(async (path) => (await lstat(join(root, path))).ino));
      const mounts = await harness.snapshotter.prepare("key", "base");
      const before = await harness.withTree(mounts, async (root) => {
        const first = await inodes(root);
        await writeFile(join(root, "directory/file"), "changed");
        await writeFile(join(root, "directory/inner/new"), "x");
        await chmod(join(root, "directory"), 0o700);
        assert.deepEqual(await inodes(root), first);
        return first;
      });
      assert.deepEqual(await harness.withTree(mounts, inodes), before);
    }),

  "a process finds its working directory, one of the parent's, while that is changed": onTrees(async (harness) => {
    await commitBase(harness);
    await harness.withTree(await harness.snapshotter.prepare("key", "base"), async (root) => {
      const directory = join(await realpath(root), "directory/inner");
      assert.equal(
        await workingDirectoryAfter(directory, async () => {
          await writeFile(join(directory, "new"), "x");
          await chmod(join(root, "directory"), 0o700);
          await chmod(directory, 0o700);
        }),
        directory,
      );
    });
  }),

  "a socket that is bound in a snapshot can be reached there": onTrees(async (harness) => {
    await harness.withTree(await harness.snapshotter.prepare("key", null), async (root) => {
      const server = createServer((connection) => connection.end("reached"));
      await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
      const chunks: Buffer[] = [];
      for await (const chunk of connect(join(root, "socket"))) {
        chunks.push(chunk);
      }
      assert.equal(Buffer.concat(chunks).toString(), "reached");
      await new Promise((resolve) => server.close(resolve));
    });
  }),
};

function commitBase(harness: TreeHarness): Promise<void> {
  return commitTree(harness, "base", null, async (root) => {
    await mkdir(join(root, "directory/inner"), { recursive: true });
    await writeFile(join(root, "directory/file"), "old");
  });
}

/** What a process that was started in `directory` takes it for after `change`. */
async function workingDirectoryAfter(directory: string, change: () => Promise<void>): Promise<string> {
  // `env -i` takes PWD away, which the shell would believe; `pwd -P` then asks the kernel.
  const script = "read -r go; exec env -i /bin/pwd -P";
  const shown = new Promise<string>((resolve, reject) => {
    const child = execFile("/bin/sh", ["-c", script], { cwd: directory }, (error, stdout) => {
      return error ? reject(error) : resolve(stdout.trimEnd());
    });
    // The process is in the directory once it has been spawned: chdir comes before exec.
    child.once("spawn", () => {
      change().then(
        () => child.stdin?.end("go\n"),
        (error: unknown) => {
          child.kill();
          reject(error);
        },
      );
    });
  });
  return shown;
}
