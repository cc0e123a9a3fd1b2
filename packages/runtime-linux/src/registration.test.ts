import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { linuxRuntime, runtime } from "./index.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { version } from "./version.ts";

const base = testDirectory();
for (const name of ["root", "state"]) mkdirSync(join(base, name));
const context = { root: join(base, "root"), state: join(base, "state"), options: {}, log: () => undefined };

describe("linuxRuntime", () => {
  it("is what a module of the daemon's configuration exports", () => {
    assert.equal(runtime, linuxRuntime);
    assert.equal(linuxRuntime.id, "linux");
  });

  it("is skipped with the reason where it cannot be", {
    skip: needsRoot === undefined ? "this is Linux, and root" : false,
  }, async () => {
    const opened = await linuxRuntime.open(context);
    assert.ok("skipped" in opened && opened.skipped !== "");
  });

  it("rejects an unknown option with invalid-argument", { skip: needsRoot }, async () => {
    await rejectsWith("invalid-argument", linuxRuntime.open({ ...context, options: { colour: "red" } }));
  });

  it("opens the same directories again and again", { skip: needsRoot }, async () => {
    for (let round = 0; round < 2; round += 1) {
      const opened = await linuxRuntime.open(context);
      assert.ok("ready" in opened);
      assert.deepEqual(await opened.ready.load(), []);
      await opened.ready.close();
    }
  });
});

describe("version", () => {
  it("is that of the package", () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    assert.ok(typeof manifest === "object" && manifest !== null && "version" in manifest);
    assert.equal(manifest.version, version);
  });
});
