import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import type { Caller } from "../access/caller.ts";
import { strangerMs } from "./limits.ts";
import { Strangers } from "./strangers.ts";

describe("Strangers", () => {
  it("ends the connections of those who never show who they are, and of nobody else", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const strangers = new Strangers();
    const [stranger, known]: Caller[] = [
      { facts: {}, grant: null },
      { facts: {}, grant: null },
    ];
    assert.ok(stranger !== undefined && known !== undefined);
    const [one, other] = [new Socket(), new Socket()];
    strangers.watch(stranger, one);
    strangers.watch(known, other);
    t.mock.timers.tick(strangerMs - 1);
    assert.equal(one.destroyed, false);
    strangers.know(known);
    t.mock.timers.tick(1);
    assert.deepEqual([one.destroyed, other.destroyed], [true, false]);
    other.destroy();
  });
});
