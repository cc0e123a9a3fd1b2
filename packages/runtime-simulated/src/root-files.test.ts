import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { RootFiles } from "./root-files.ts";

function makeRoot(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "gantry-simulated-"));
  test.after(() => rmSync(directory, { recursive: true }));
  const root = join(directory, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/motd"), "hello\n");
  writeFileSync(join(directory, "secret"), "secret\n");
  return root;
}

describe("root files", () => {
  it("are read by their absolute paths", (test) => {
    const files = new RootFiles(makeRoot(test));
    assert.equal(String(files.read("/etc/motd")), "hello\n");
    assert.equal(String(files.read("/etc/../etc//motd")), "hello\n");
    assert.equal(files.exists("/etc/motd"), true);
    assert.equal(files.exists("/etc"), true);
    assert.equal(files.exists("/"), true);
  });

  it("are not there where there are none", (test) => {
    const files = new RootFiles(makeRoot(test));
    for (const path of ["/nothing", "/etc/nothing", "/etc/motd/below"]) {
      assert.equal(files.exists(path), false, path);
      assert.equal(files.read(path), null, path);
    }
    assert.equal(files.read("/etc"), null);
    assert.equal(files.read("/"), null);
  });

  it("do not lead out of the root, by dots or by links", (test) => {
    const root = makeRoot(test);
    symlinkSync("../secret", join(root, "link"));
    symlinkSync("..", join(root, "up"));
    const files = new RootFiles(root);
    for (const path of ["/../secret", "/link", "/up/secret", "/etc/../../secret"]) {
      assert.equal(files.read(path), null, path);
      assert.equal(files.exists(path), false, path);
    }
  });

  it("are not read when they are large", (test) => {
    const root = makeRoot(test);
    writeFileSync(join(root, "large"), Buffer.alloc(1_048_577));
    const files = new RootFiles(root);
    assert.equal(files.exists("/large"), true);
    assert.equal(files.read("/large"), null);
  });

  it("are none without a root", () => {
    const files = new RootFiles(null);
    assert.equal(files.exists("/"), false);
    assert.equal(files.read("/etc/motd"), null);
  });
});
