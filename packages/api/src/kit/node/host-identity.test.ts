import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { identityOf, isAlive, sendSignal } from "./host-identity.ts";

const skip = process.platform !== "linux" && "needs /proc";

describe("identityOf and isAlive", { skip }, () => {
  it("know a process until it has ended, and take no later one for it", async () => {
    const child = spawn("sleep", ["1000"]);
    const identity = identityOf(child.pid ?? 0);
    assert.equal(isAlive(identity), true);
    assert.equal(isAlive(JSON.parse(JSON.stringify(identity))), true);
    assert.equal(isAlive({ ...identity, started: `${identity.started}0` }), false);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(isAlive(identity), false);
  });

  it("say of nobody that he is not alive", () => {
    assert.equal(isAlive(undefined), false);
    assert.deepEqual(identityOf(2 ** 30), { pid: 2 ** 30, started: null });
    assert.equal(isAlive(identityOf(2 ** 30)), false);
  });
});

describe("sendSignal", () => {
  it("tells whether anybody was there", async () => {
    const child = spawn("sleep", ["1000"], { detached: true });
    assert.equal(sendSignal(-(child.pid ?? 0), 9), true);
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
    assert.equal(sendSignal(child.pid ?? 0, 9), false);
  });
});
