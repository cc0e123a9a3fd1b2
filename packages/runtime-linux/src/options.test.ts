import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultDeadlines } from "./oci-runtime.ts";
import { readOptions } from "./options.ts";
import { throwsWith } from "./testing/throws.ts";

describe("readOptions", () => {
  it("has defaults for all", () => {
    assert.deepEqual(readOptions({}), {
      ociRuntime: null,
      conmon: "conmon",
      shortcuts: true,
      logBytes: 67_108_864,
      criu: { program: "criu", environment: {} },
      deadlines: defaultDeadlines,
    });
  });

  it("takes names, paths and some of the deadlines", () => {
    const options = readOptions({
      ociRuntime: "/opt/bin/runc",
      conmon: "conmon-2",
      shortcuts: false,
      logBytes: 0,
      criu: "/opt/sbin/criu",
      criuEnvironment: { CRIU_FAULT: "130" },
      deadlines: { killMs: 7 },
    });
    assert.deepEqual(options.criu, { program: "/opt/sbin/criu", environment: { CRIU_FAULT: "130" } });
    assert.equal(options.ociRuntime, "/opt/bin/runc");
    assert.equal(options.conmon, "conmon-2");
    assert.equal(options.shortcuts, false);
    assert.equal(options.logBytes, 0);
    assert.deepEqual(options.deadlines, { ...defaultDeadlines, killMs: 7 });
  });

  for (const [name, options] of [
    ["ociRuntime", { ociRuntime: 5 }],
    ["ociRuntime", { ociRuntime: "" }],
    ["ociRuntime", { ociRuntime: "../runc" }],
    ["ociRuntime", { ociRuntime: "-runc" }],
    ["conmon", { conmon: "/a\0b" }],
    ["shortcuts", { shortcuts: "yes" }],
    ["logBytes", { logBytes: "1g" }],
    ["logBytes", { logBytes: -1 }],
    ["logBytes", { logBytes: 1_048_575 }],
    ["logBytes", { logBytes: 2 ** 32 + 1 }],
    ["logBytes", { logBytes: 2_000_000.5 }],
    ["logBytes", { logBytes: null }],
    ["criu", { criu: "/opt/criu-4.1" }],
    ["criu", { criu: "criu-4.1" }],
    ["criu", { criu: "./criu" }],
    ["criuEnvironment", { criuEnvironment: "CRIU_FAULT=130" }],
    ["criuEnvironment.CRIU_FAULT", { criuEnvironment: { CRIU_FAULT: 130 } }],
    ["criuEnvironment.A-B", { criuEnvironment: { "A-B": "1" } }],
    ["criuEnvironment.A", { criuEnvironment: { A: "1\0" } }],
    ["deadlines", { deadlines: 5 }],
    ["deadlines.otherMs", { deadlines: { otherMs: 5 } }],
    ["deadlines.killMs", { deadlines: { killMs: 0 } }],
    ["deadlines.killMs", { deadlines: { killMs: "5" } }],
    ["deadlines.toString", { deadlines: { toString: 5 } }],
    ["other", { other: 1 }],
  ] as const) {
    it(`rejects ${JSON.stringify(options)} with invalid-argument that names ${name}`, () => {
      assert.match(
        throwsWith("invalid-argument", () => readOptions(options)).message,
        new RegExp(`option ${name}: expected|option ${name}: is no`),
      );
    });
  }
});
