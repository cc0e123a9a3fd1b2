import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/client";
import { forEach, runExitCode } from "./failures.ts";
import type { Output } from "./output/output.ts";

const error = (kind: "not-found" | "permission-denied" | "internal", type: "container" | "process" | "image") =>
  new OperationError(kind, { type, id: "x" }, "is wrong");

describe("runExitCode", () => {
  it("tells a program that is missing, or cannot be executed, from all else", () => {
    assert.equal(runExitCode(error("not-found", "container"), "container"), 127);
    assert.equal(runExitCode(error("not-found", "process"), "process"), 127);
    assert.equal(runExitCode(error("permission-denied", "container"), "container"), 126);
    assert.equal(runExitCode(error("internal", "container"), "container"), 125);
    assert.equal(runExitCode(error("not-found", "image"), "container"), 125);
    assert.equal(runExitCode(error("not-found", "container"), "process"), 125);
    assert.equal(runExitCode(new TypeError("x"), "container"), 125);
  });
});

describe("forEach", () => {
  it("does the others when one fails, and returns 1", async () => {
    const complaints: unknown[] = [];
    const done: string[] = [];
    const output = { complain: (failure: unknown) => complaints.push(failure) } as unknown as Output;
    const code = await forEach(["a", "b", "c"], output, async (item) => {
      if (item === "b") throw new TypeError("b is wrong");
      done.push(item);
    });
    assert.deepEqual([code, done, complaints.length], [1, ["a", "c"], 1]);
    assert.equal(await forEach([], output, async () => undefined), 0);
  });
});
