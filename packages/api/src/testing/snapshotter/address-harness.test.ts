import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshotterWire } from "../../remote/testing/serve-scripted.ts";
import { rejectsWith } from "../assertions.ts";
import { openAtAddress } from "./address-harness.ts";

const info = { kind: "committed", readonly: false, labels: new Map(), createdAt: new Date(0), updatedAt: new Date(0) };

describe("openAtAddress", () => {
  it("gives a case a prefix of its own, and removes what has it, children first", async (test) => {
    const { script, serving } = await snapshotterWire(test);
    script.on("prepare", () => []);
    script.on("remove", () => undefined);
    const harness = await openAtAddress(serving.address);
    await harness.snapshotter.prepare("key", null);
    const [key] = script.calls.at(-1)?.args ?? [];
    assert.match(String(key), /^gantry-conformance-[0-9a-f-]{36}\/key$/);
    const prefix = String(key).slice(0, -"key".length);
    script.on("walk", async function* () {
      yield { ...info, name: `${prefix}a`, parent: null };
      yield { ...info, name: `${prefix}b`, parent: `${prefix}a` };
      yield { ...info, name: `${prefix}c`, parent: `${prefix}b` };
    });

    await harness.close();

    const after = script.calls.slice(script.calls.findIndex(({ method }) => method === "walk"));
    assert.deepEqual(
      after.map(({ method, args }) => [method, ...args]),
      [
        ["walk", { labels: new Map(), namePrefix: prefix }],
        ["remove", `${prefix}c`],
        ["remove", `${prefix}b`],
        ["remove", `${prefix}a`],
      ],
    );
  });

  it("clears up though the case has closed the snapshotter", async (test) => {
    const { script, serving } = await snapshotterWire(test);
    script.on("walk", async function* () {});
    const harness = await openAtAddress(serving.address);
    await harness.snapshotter.close();
    await harness.close();
    assert.deepEqual(
      script.calls.map(({ method }) => method),
      ["walk"],
    );
  });

  it("rejects where nobody serves", async (test) => {
    const { serving } = await snapshotterWire(test);
    await rejectsWith("unavailable", openAtAddress(`${serving.address}.nobody`));
    await rejectsWith("invalid-argument", openAtAddress("over there"));
  });
});
