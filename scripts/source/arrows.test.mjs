import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { findWrongArrows } from "./arrows.mjs";

describe("findWrongArrows", () => {
  let tree = "";
  beforeEach(() => {
    tree = mkdtempSync(path.join(tmpdir(), "gantry-arrows-"));
  });
  afterEach(() => rmSync(tree, { recursive: true }));

  /** Writes one package of a workspace: its manifest's dependencies, and files by their path inside it. */
  function writePackage(short, { dependencies = [], devDependencies = [], files = {} }) {
    const versions = (names) => Object.fromEntries(names.map((name) => [name, "*"]));
    const manifest = {
      name: `@gantry/${short}`,
      dependencies: versions(dependencies),
      devDependencies: versions(devDependencies),
    };
    for (const [file, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
      const target = path.join(tree, "packages", short, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }

  /** The rules broken by one file with this text. */
  function rulesBroken(short, file, text) {
    writePackage(short, { files: { [file]: text } });
    return findWrongArrows(tree).map(({ where, rule }) => `${where} ${rule}`);
  }

  it("accepts what the rules allow", () => {
    writePackage("api", {
      files: {
        "src/index.ts": 'export * from "./errors.ts";\nimport "@bufbuild/protobuf";\n',
        "src/errors.ts": "export {};\n",
        "src/remote/index.ts": 'import "node:net";\nimport "@connectrpc/connect";\n',
        "src/errors.test.ts": 'import "node:test";\nimport "@gantry/daemon";\nimport "./remote/testing/a.ts";\n',
        "src/remote/testing/a.ts": 'import "@gantry/client";\n',
        "src/testing/index.ts": 'export * from "./suite.ts";\n',
      },
    });
    writePackage("daemon", {
      dependencies: ["@gantry/api", "@gantry/content"],
      files: { "src/builtins.ts": 'const load = () => import("@gantry/content");\n' },
    });
    writePackage("cli", { files: { "src/main.ts": 'import "@gantry/client";\nimport "node:fs";\n' } });
    assert.deepEqual(findWrongArrows(tree), []);
  });

  const violations = [
    ["api", "src/a.ts", 'import "@gantry/sys";', "a.ts:1 api must not import @gantry/sys"],
    ["sys", "src/a.ts", '\nexport { x } from "@gantry/api";', "a.ts:2 sys must not import @gantry/api"],
    [
      "content",
      "src/a.ts",
      'import type { S } from "@gantry/snapshotter";',
      "content must not import @gantry/snapshotter",
    ],
    [
      "runtime-linux",
      "src/a.ts",
      'const x = await import("@gantry/daemon");',
      "runtime-linux must not import @gantry/daemon",
    ],
    [
      "runtime-solaris",
      "src/a.ts",
      "const x = import(`@gantry/content`);",
      "runtime-solaris must not import @gantry/content",
    ],
    ["client", "src/a.ts", 'type S = import("@gantry/sys").S;', "client must not import @gantry/sys"],
    ["cli", "src/a.ts", 'import "@gantry/api/spec";', "cli must not import @gantry/api/spec"],
    ["daemon", "src/a.ts", 'const x = import("@gantry/content");', "only src/builtins.ts names @gantry/content"],
    ["daemon", "src/builtins.ts", 'import { x } from "@gantry/content";', "names @gantry/content by import() only"],
    ["daemon", "src/a.ts", 'import "@gantry/client";', "daemon must not import @gantry/client"],
    ["api", "src/a.ts", 'import { Socket } from "node:net";', "api must load in a browser: node:net"],
    ["api", "src/spec/a.ts", 'import "fs/promises";', "api must load in a browser: fs/promises"],
    ["api", "src/a.ts", 'import "@connectrpc/connect";', "@connectrpc/connect is for daemon, client"],
    ["runtime-linux", "src/a.ts", 'import "@connectrpc/connect-node";', "@connectrpc/connect-node is for daemon"],
    ["snapshotter", "src/a.test.ts", 'import "../../sys/src/mount.ts";', "leaves the package"],
    ["client", "src/a.ts", 'import "./testing/server.ts";', "./testing/server.ts is for tests"],
    ["unheard-of", "src/a.ts", "", "is not in the list of packages"],
  ];
  for (const [short, file, text, expected] of violations) {
    it(`reports ${JSON.stringify(text)} in ${short}/${file}`, () => {
      const found = rulesBroken(short, file, text);
      assert.equal(found.length, 1);
      assert.ok(found[0].includes(expected), found[0]);
    });
  }

  it("reports a dependency in a manifest, even if no source imports it", () => {
    writePackage("content", { dependencies: ["@gantry/api", "@gantry/daemon"] });
    assert.deepEqual(findWrongArrows(tree), [
      { where: "packages/content/package.json", rule: "content must not depend on @gantry/daemon" },
    ]);
  });

  it("reports packages whose tests need each other", () => {
    writePackage("client", { devDependencies: ["@gantry/daemon"] });
    writePackage("daemon", { devDependencies: ["@gantry/client"] });
    const found = findWrongArrows(tree).map(({ where, rule }) => [where, /depends on itself/.test(rule)]);
    assert.deepEqual(found, [
      ["packages/client/package.json", true],
      ["packages/daemon/package.json", true],
    ]);
  });
});
