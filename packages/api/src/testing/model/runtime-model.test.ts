import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "../../errors.ts";
import type { LoadedContainer, Runtime, RuntimeInfo } from "../../runtime.ts";
import type { RuntimeHarness } from "../runtime/harness.ts";
import { randomSteps } from "./random-steps.ts";
import { checkRuntimeModel } from "./runtime-model.ts";

const error = new OperationError("resource-exhausted", { type: "container", id: "a" }, "no room");
const info: RuntimeInfo = {
  id: "none",
  version: "1",
  platform: { os: "linux", architecture: "amd64" },
  details: new Map(),
};

/** A runtime that makes nothing. */
const runtime: Runtime = {
  capabilities: {
    ...{ exec: true, pause: true, update: false, stats: false, checkpoint: false },
    ...{ terminal: false, stdin: false, pipes: false, oomDetection: false },
  },
  info: async () => info,
  create: async () => {
    throw error;
  },
  load: async () => [],
  close: async () => undefined,
};

/** Opens harnesses of it, and counts those that are open. */
function harnesses(change: Partial<RuntimeHarness> = {}) {
  const counts = { opened: 0, open: 0 };
  const open = async (): Promise<RuntimeHarness> => {
    counts.opened += 1;
    counts.open += 1;
    return {
      runtime,
      makeRootfs: async () => [],
      spec: () => ({ ociVersion: "1.0.2" }),
      process: () => ({ args: [] }),
      reopen: async () => [],
      isAlive: () => false,
      leftovers: async () => [],
      close: async () => {
        counts.open -= 1;
      },
      ...change,
    };
  };
  return { counts, open };
}

describe("checkRuntimeModel", () => {
  it("names the seed, the step, the reason, and the shortest sequence that fails", async () => {
    const { open, counts } = harnesses();
    const message =
      /^seed 1, 30 steps: step \d+, create [ab]: container "a": no room; shortest that fails: create [ab]$/;
    await assert.rejects(checkRuntimeModel(open, { seed: 1, sequences: 5, stepsEach: 30 }), { message });
    assert.ok(counts.opened > 1);
    assert.equal(counts.open, 0);
  });

  it("opens one instance for each sequence", async () => {
    const { open, counts } = harnesses();
    await checkRuntimeModel(open, { seed: 1, sequences: 7, stepsEach: 0 });
    assert.deepEqual(counts, { opened: 7, open: 0 });
  });

  it("fails where something is left on the host", async () => {
    const { open } = harnesses({ leftovers: async () => ["mount /x"] });
    await assert.rejects(checkRuntimeModel(open, { seed: 3, sequences: 1, stepsEach: 0 }), /seed 3, 0 steps/);
  });

  it("fails where a runtime that is opened again finds what nobody has made", async () => {
    const found: LoadedContainer = { namespace: "suite", id: "a", error };
    const { open } = harnesses({ reopen: async () => [found], runtime: { ...runtime, create: async () => never() } });
    const failing = checkRuntimeModel(open, { seed: firstSeedThatReopens, sequences: 1, stepsEach: 1 });
    await assert.rejects(failing, /reopen [ab]: as many containers are found as there should be/);
  });

  it("fails where what is left cannot be deleted", async () => {
    const stuck = { ...runtime, load: async () => Promise.reject(error) };
    const { open } = harnesses({ runtime: stuck });
    await assert.rejects(checkRuntimeModel(open, { seed: 3, sequences: 1, stepsEach: 0 }), /no room/);
  });
});

/** Of sequences of one step. */
const firstSeedThatReopens = Array.from({ length: 1_000 }, (_, seed) => seed).find((seed) => opensAgain(seed)) ?? 0;

function opensAgain(seed: number): boolean {
  return randomSteps(seed, 1)[0]?.action === "reopen";
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
