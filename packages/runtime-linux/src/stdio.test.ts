import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Stdio } from "@gantry/api";
import { checkStdio } from "./stdio.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "container", id: "c1" } as const;

describe("checkStdio", () => {
  for (const stdio of [
    { kind: "none" },
    { kind: "log", stdin: true },
    { kind: "pipes" },
    { kind: "pipes", stdout: "/a" },
  ] as const) {
    it(`takes ${JSON.stringify(stdio)}`, () => {
      checkStdio(stdio, { subject, terminal: false });
    });
  }

  for (const path of ["", "relative", "/a\0b"]) {
    for (const name of ["stdin", "stdout", "stderr"] as const) {
      it(`rejects ${JSON.stringify(path)} for ${name} with invalid-argument`, () => {
        const stdio: Stdio = { kind: "pipes", [name]: path };
        throwsWith("invalid-argument", () => checkStdio(stdio, { subject, terminal: false }));
      });
    }
  }

  it("rejects pipes with a terminal with unimplemented, saying why and what to do", () => {
    const stdio: Stdio = { kind: "pipes", stdout: "/a" };
    const error = throwsWith("unimplemented", () => checkStdio(stdio, { subject, terminal: true }));
    assert.match(error.message, /conmon, which holds its other end, copies it to a log.*use stdio of kind log/);
  });
});
