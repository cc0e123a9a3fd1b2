import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { endsByDefault, killSignal, signalNumber } from "./signal.ts";

const subject = { type: "container", id: "c1" } as const;

describe("signalNumber", () => {
  it("takes names in any case, with and without SIG, and numbers", () => {
    for (const signal of ["SIGTERM", "TERM", "sigterm", "Term", 15, "15"]) {
      assert.equal(signalNumber(signal, subject), 15, String(signal));
    }
    assert.equal(signalNumber("SIGHUP", subject), 1);
    assert.equal(signalNumber("SIGSYS", subject), 31);
    assert.equal(signalNumber(64, subject), 64);
  });

  it("knows the numbers of Linux", { skip: process.platform !== "linux" && "compares with the host's" }, () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      // Other names of signals that are there.
      if (["SIGIOT", "SIGPOLL", "SIGUNUSED"].includes(name)) continue;
      assert.equal(signalNumber(name, subject), number, name);
    }
  });

  it("throws invalid-argument for what is no signal, and names it", () => {
    for (const signal of ["", "SIG", "SIGNOTHING", "9x", "100", "-1", 0, -1, 65, 1.5, Number.NaN]) {
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

describe("endsByDefault", () => {
  it("says which signals end a program, as signal(7) does", () => {
    for (const name of ["HUP", "INT", "TERM", "USR1", "PIPE", "KILL", "XCPU"]) {
      assert.equal(endsByDefault(signalNumber(name, subject)), true, name);
    }
    for (const name of ["CHLD", "CONT", "URG", "WINCH", "STOP", "TSTP", "TTIN", "TTOU"]) {
      assert.equal(endsByDefault(signalNumber(name, subject)), false, name);
    }
    assert.equal(endsByDefault(killSignal), true);
  });
});
