import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signalNumber } from "@gantry/api/kit";
import { endsByDefault, killSignal } from "./signal.ts";

const subject = { type: "container", id: "c1" } as const;

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
