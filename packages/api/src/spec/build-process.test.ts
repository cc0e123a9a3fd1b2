import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildProcess } from "./build-process.ts";

describe("buildProcess", () => {
  it("says nothing about what is to be as in the container", () => {
    assert.deepEqual(buildProcess({ args: ["ls", "-l"] }), { args: ["ls", "-l"] });
  });

  it("sets variables over those of the container's process", () => {
    const process = buildProcess({ args: ["env"], env: { B: "3", C: "4" }, base: { env: ["A=1", "B=2"] } });
    assert.deepEqual(process.env, ["A=1", "B=3", "C=4"]);
  });

  it("takes directory, user and terminal over", () => {
    const process = buildProcess({ args: ["sh"], cwd: "/tmp", user: "nobody", terminal: true });
    assert.deepEqual(process, { args: ["sh"], cwd: "/tmp", user: { username: "nobody" }, terminal: true });
  });

  it("rejects what has the wrong form with invalid-argument, naming the property", () => {
    const wrong = [
      [{ args: [] }, "process.args"],
      [{ args: ["ls"], cwd: "tmp" }, "process.cwd"],
      [{ args: ["ls"], user: "a b" }, "process.user.username"],
      [{ args: ["ls"], env: { "A\0": "" } }, "env.A\0"],
    ] as const;
    for (const [options, property] of wrong) {
      assert.throws(() => buildProcess(options), { kind: "invalid-argument", subject: { type: "spec", id: property } });
    }
  });
});
