import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";

const base = testDirectory();
const canary = join(base, "canary");
writeFileSync(canary, "of the host\n");
const maxBytes = 10 * 1024 * 1024;

let count = 0;

/** Makes a root file system whose `etc/passwd` is made by `make`. */
function rootWith(make: (path: string, root: string) => void): string {
  count += 1;
  const root = join(base, `root${count}`);
  mkdirSync(join(root, "etc"), { recursive: true });
  make(join(root, "etc/passwd"), root);
  return root;
}

const read = (root: string) => nodeHost.readTextInRoot(root, "etc/passwd", maxBytes);

describe("readTextInRoot", () => {
  it("reads a file", async () => {
    assert.equal(await read(rootWith((path) => writeFileSync(path, "text\n"))), "text\n");
  });

  it("is null where there is none", async () => {
    assert.equal(await read(rootWith(() => undefined)), null);
    assert.equal(await read(rootWith((path) => symlinkSync("nowhere", path))), null);
    assert.equal(await read(rootWith((path) => symlinkSync(path, path))), null);
    const root = rootWith(() => undefined);
    assert.equal(await nodeHost.readTextInRoot(root, "etc/passwd/deeper", maxBytes), null);
  });

  it("follows links within the root", async () => {
    const root = rootWith((path, top) => {
      writeFileSync(join(top, "real"), "inside\n");
      symlinkSync("/real", path);
    });
    assert.equal(await read(root), "inside\n");
  });

  for (const [what, target] of [
    ["absolute", canary],
    ["relative", "../../../../../../../../..".concat(canary)],
    ["through /proc", `/proc/self/root${canary}`],
  ] as const) {
    it(`does not follow a link out of the root: ${what}`, async () => {
      assert.equal(await read(rootWith((path) => symlinkSync(target, path))), null);
    });
  }

  it("does not follow a directory that is a link out of the root", async () => {
    const root = join(base, "linked");
    mkdirSync(root);
    mkdirSync(join(base, "outside"));
    writeFileSync(join(base, "outside/passwd"), "of the host\n");
    symlinkSync(join(base, "outside"), join(root, "etc"));
    assert.equal(await read(root), null);
  });

  for (const [what, make] of [
    ["a FIFO", (path: string) => execFileSync("mkfifo", [path])],
    ["a directory", (path: string) => mkdirSync(path)],
    [
      "larger than allowed",
      (path: string) => {
        writeFileSync(path, "");
        truncateSync(path, maxBytes + 1);
      },
    ],
  ] as const) {
    it(`rejects what is ${what} with invalid-argument, without waiting`, async () => {
      const began = performance.now();
      await rejectsWith("invalid-argument", read(rootWith(make)));
      assert.ok(performance.now() - began < 5_000);
    });
  }

  it("rejects what is a device with invalid-argument", { skip: needsRoot }, async () => {
    await rejectsWith("invalid-argument", read(rootWith((path) => execFileSync("mknod", [path, "c", "1", "5"]))));
  });

  it("reads a file of exactly the size that is allowed", async () => {
    const text = await read(
      rootWith((path) => {
        writeFileSync(path, "");
        truncateSync(path, maxBytes);
      }),
    );
    assert.equal(text?.length, maxBytes);
  });
});
