import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { CgroupLayout } from "./cgroup.ts";
import { nodeHost } from "./host-node.ts";
import { findOciRuntime, findProgram } from "./programs.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();

function program(name: string, script: string): string {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("findProgram", () => {
  it("finds a program by its path, and learns what it says it is", async () => {
    const path = program("sound", "echo runc version 1.1.5+ds1; echo commit: x");
    assert.deepEqual(await findProgram(nodeHost, path), { path, name: "runc", version: "1.1.5+ds1" });
  });

  for (const [what, script] of [
    ["prints no version", "echo hello"],
    ["fails", "echo runc version 1.1.5; exit 1"],
    ["prints without end", "yes runc | head -c 3000000"],
  ] as const) {
    it(`says why one is of no use that ${what}`, async () => {
      const path = program(what.replaceAll(" ", "-"), script);
      const found = await findProgram(nodeHost, path);
      assert.equal(found.path, null);
      assert.match(found.path === null ? found.reason : "", /tells no version/);
    });
  }

  it("says why one is of no use that may not be executed", async () => {
    const path = join(root, "no-program");
    writeFileSync(path, "");
    const found = await findProgram(nodeHost, path);
    assert.match(found.path === null ? found.reason : "", /cannot run/);
  });

  it("names every place where it looked", async () => {
    const found = await findProgram(nodeHost, "there-is-no-such-program");
    assert.match(found.path === null ? found.reason : "", /\/usr\/sbin\/there-is-no-such-program, \/usr\/bin\//);
  });
});

describe("findOciRuntime", () => {
  const layout = (mode: CgroupLayout["mode"], unifiedControllers: readonly string[]): CgroupLayout => ({
    mode,
    unifiedControllers,
    mounts: new Map(),
    trees: [],
  });

  /** A host that has both runtimes, whatever this one has. */
  const both = {
    ...nodeHost,
    exists: async (path: string) => /\/usr\/bin\/(crun|runc)$/.test(path),
    run: async ({ file }: { readonly file: string }) => ({
      code: 0,
      stderr: "",
      stdout: `${file.slice(9)} version 1.0.0\n`,
    }),
  };

  it("prefers crun, except where it does not work with the cgroups", async () => {
    assert.equal((await findOciRuntime(both, layout("v2", ["cpu"]), null)).path, "/usr/bin/crun");
    assert.equal((await findOciRuntime(both, layout("hybrid", []), null)).path, "/usr/bin/crun");
    assert.equal((await findOciRuntime(both, layout("hybrid", ["hugetlb"]), null)).path, "/usr/bin/runc");
  });

  it("takes the one that is configured", async () => {
    assert.equal((await findOciRuntime(both, layout("v2", []), "runc")).path, "/usr/bin/runc");
  });

  it("says why there is none", async () => {
    const none = { ...nodeHost, exists: async () => false };
    const found = await findOciRuntime(none, layout("hybrid", ["hugetlb"]), null);
    assert.match(
      found.path === null ? found.reason : "",
      /runc was looked for at .*; crun does not work with hybrid cgroups/,
    );
  });
});
