import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forwardSignals } from "./forward-signals.ts";

describe("forwardSignals", () => {
  it("hands signals on, and kills when a person insists", () => {
    const sent: string[] = [];
    let now = 0;
    {
      using _forwarding = forwardSignals({ kill: async (signal) => void sent.push(signal) }, () => now);
      process.emit("SIGINT", "SIGINT");
      now = 900;
      process.emit("SIGINT", "SIGINT");
      process.emit("SIGTERM", "SIGTERM");
      now = 1000;
      process.emit("SIGINT", "SIGINT");
    }
    assert.deepEqual(sent, ["SIGINT", "SIGINT", "SIGTERM", "SIGKILL"]);
  });

  it("lets go of the signals in the end, and bears a target that is gone", () => {
    const before = process.listenerCount("SIGINT");
    {
      using _forwarding = forwardSignals({ kill: () => Promise.reject(new TypeError("gone")) });
      assert.equal(process.listenerCount("SIGINT"), before + 1);
      process.emit("SIGINT", "SIGINT");
    }
    assert.equal(process.listenerCount("SIGINT"), before);
  });
});
