import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "./lossless-json.ts";
import { mergeProcess, readProcess, withOomScore, withUser } from "./process-spec.ts";
import { throwsWith } from "./testing/throws.ts";

const sound: JsonObject = { args: ["/bin/true"], cwd: "/" };

describe("readProcess", () => {
  it("finds the terminal and the user to look up", () => {
    const { terminal, username } = readProcess({ ...sound, terminal: true, user: { username: "app" } }, "process");
    assert.deepEqual({ terminal, username }, { terminal: true, username: "app" });
  });

  it("takes an environment as it is, newlines and all", () => {
    readProcess({ ...sound, env: ["A=", "B=x\ny", "LD_PRELOAD=/x", "C==="] }, "process");
  });

  it("knows numbers from a name", () => {
    assert.equal(readProcess({ ...sound, user: { uid: 5, gid: 6, additionalGids: [7] } }, "process").username, null);
    assert.equal(readProcess({ ...sound, user: { username: "" } }, "process").username, null);
  });

  const refused: readonly (readonly [property: string, change: JsonObject])[] = [
    ["process.args", { args: undefined }],
    ["process.args", { args: [] }],
    ["process.args", { args: "/bin/true" }],
    ["process.args", { args: [1] }],
    ["process.args", { args: ["", "x"] }],
    ["process.args", { args: ["a\0b"] }],
    ["process.cwd", { cwd: undefined }],
    ["process.cwd", { cwd: "" }],
    ["process.cwd", { cwd: "relative" }],
    ["process.cwd", { cwd: "/a\0b" }],
    ["process.env", { env: "A=b" }],
    ["process.env", { env: ["NOVALUE"] }],
    ["process.env", { env: ["=x"] }],
    ["process.env", { env: ["A=b\0c"] }],
    ["process.terminal", { terminal: "yes" }],
    ["process.user", { user: "root" }],
    ["process.user.uid", { user: { uid: -1 } }],
    ["process.user.uid", { user: { uid: 2 ** 31 } }],
    ["process.user.uid", { user: { uid: 2 ** 32 } }],
    ["process.user.uid", { user: { uid: 1.5 } }],
    ["process.user.uid", { user: { uid: "0" } }],
    ["process.user.gid", { user: { gid: 2 ** 31 } }],
    ["process.user.additionalGids", { user: { additionalGids: 5 } }],
    ["process.user.additionalGids", { user: { additionalGids: [2 ** 32] } }],
    ["process.user.username", { user: { username: 5 } }],
  ];
  for (const [property, change] of refused) {
    it(`rejects with invalid-argument that names ${property}: ${JSON.stringify(change)}`, () => {
      const error = throwsWith("invalid-argument", () => readProcess({ ...sound, ...change }, "process"));
      assert.deepEqual(error.subject, { type: "spec", id: property });
    });
  }
});

describe("mergeProcess", () => {
  it("takes from the container what the request leaves out, but not program and terminal", () => {
    const container = {
      args: ["init"],
      cwd: "/work",
      env: ["A=1"],
      terminal: true,
      consoleSize: { width: 1, height: 1 },
      capabilities: { bounding: ["X"] },
    };
    assert.deepEqual(mergeProcess(container, { args: ["other"], env: ["B=2"] }), {
      args: ["other"],
      cwd: "/work",
      env: ["B=2"],
      capabilities: { bounding: ["X"] },
    });
  });

  it("has no program unless the request names one", () => {
    assert.equal("args" in mergeProcess({ args: ["init"] }, {}), false);
  });
});

describe("withUser", () => {
  it("puts numbers in the place of the name, and keeps what else the user has", () => {
    const process = readProcess({ ...sound, user: { username: "app", umask: 18 } }, "process");
    assert.deepEqual(withUser(process, { uid: 5, gid: 6, additionalGids: [6] }), {
      ...sound,
      user: { uid: 5, gid: 6, umask: 18, additionalGids: [6] },
    });
  });
});

describe("withOomScore", () => {
  it("keeps a container from being kept as the daemon is, and leaves everything else alone", () => {
    assert.deepEqual(withOomScore(sound, "-999\n"), { ...sound, oomScoreAdj: 0 });
    assert.deepEqual(withOomScore({ ...sound, oomScoreAdj: -5 }, "-999\n"), { ...sound, oomScoreAdj: -5 });
    for (const own of ["0\n", "500\n", null]) assert.equal(withOomScore(sound, own), sound);
  });
});
