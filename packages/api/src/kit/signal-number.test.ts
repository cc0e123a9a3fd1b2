import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { OperationError } from "../errors.ts";
import { signalNumber } from "./signal-number.ts";

const subject = { type: "container", id: "c1" } as const;

describe("signalNumber", () => {
  it("takes names in any case, with and without SIG, and numbers", () => {
    for (const signal of ["SIGTERM", "TERM", " sigterm ", "Term", 15, "15"]) {
      assert.equal(signalNumber(signal, subject), 15, String(signal));
    }
    assert.equal(signalNumber("SIGHUP", subject), 1);
    assert.equal(signalNumber(64, subject), 64);
  });

  it("counts real-time signals as libc does", () => {
    for (const [name, number] of [
      ["RTMIN", 34],
      ["SIGRTMIN+3", 37],
      ["RTMAX", 64],
      ["rtmax-14", 50],
    ] as const) {
      assert.equal(signalNumber(name, subject), number, name);
    }
  });

  it("knows the numbers of Linux", { skip: process.platform !== "linux" && "compares with the host's" }, () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      assert.equal(signalNumber(name, subject), number, name);
    }
  });

  it("throws invalid-argument for what is no signal, and names it", () => {
    const texts = ["", "SIG", "SIGNOTHING", "__proto__", "9x", "100", "-1", "0", "RTMIN+31", "RTMAX-31", "RTMIN-1"];
    for (const signal of [...texts, 0, -1, 65, 1.5, Number.NaN]) {
      assert.throws(
        () => signalNumber(signal, subject),
        (error: unknown) =>
          error instanceof OperationError &&
          error.kind === "invalid-argument" &&
          error.message.includes(JSON.stringify(signal)),
        String(signal),
      );
    }
  });
});
