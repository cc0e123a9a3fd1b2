import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { whileBusy } from "./retry.ts";
import { ZfsError, type ZfsReason } from "./zfs-error.ts";

/** A command that fails for each reason in turn, then succeeds. */
function failing(...reasons: readonly ZfsReason[]): { readonly command: () => Promise<void>; runs: number } {
  const left = [...reasons];
  const counted = {
    runs: 0,
    command: async () => {
      counted.runs += 1;
      const reason = left.shift();
      if (reason !== undefined) {
        throw new ZfsError(reason, reason);
      }
    },
  };
  return counted;
}

describe("whileBusy", () => {
  it("runs a command again until it is no longer busy", async () => {
    const counted = failing("busy", "busy");
    await whileBusy(counted.command, { delayMs: 0 });
    assert.equal(counted.runs, 3);
  });

  it("gives up at the limit, with the command's error", async () => {
    const counted = failing("busy", "busy", "busy");
    await assert.rejects(whileBusy(counted.command, { attempts: 2, delayMs: 0 }), { reason: "busy" });
    assert.equal(counted.runs, 2);
  });

  it("rejects at once with what is not busy", async () => {
    const counted = failing("missing");
    await assert.rejects(whileBusy(counted.command, { delayMs: 0 }), { reason: "missing" });
    assert.equal(counted.runs, 1);
  });
});
