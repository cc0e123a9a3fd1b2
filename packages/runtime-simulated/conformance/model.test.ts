import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkRuntimeModel } from "@gantry/api/testing";
import { spoiltHarness } from "./altered.ts";
import { brokenRuntimes } from "./broken-runtimes.ts";
import { openInDirectory, openInMemory } from "./simulated-harness.ts";

/** For long campaigns, and for running again what has failed. */
const sequences = Number(process.env["GANTRY_MODEL_SEQUENCES"] ?? 300);
const seed = Number(process.env["GANTRY_MODEL_SEED"] ?? Date.now() % 1_000_000);

describe("model of a runtime", () => {
  it("holds for the simulated runtime in memory", async (test) => {
    test.diagnostic(`seed ${seed}, ${sequences} sequences`);
    await checkRuntimeModel(openInMemory, { seed, sequences, stepsEach: 30 });
  });

  it("holds for the simulated runtime in a directory", async (test) => {
    test.diagnostic(`seed ${seed}, ${Math.ceil(sequences / 10)} sequences`);
    await checkRuntimeModel(openInDirectory, { seed, sequences: Math.ceil(sequences / 10), stepsEach: 30 });
  });
});

describe("model of a runtime notices one that", () => {
  // Those that a sequence of calls can show; the others are about output, input, signals or arguments.
  for (const mistake of [
    "forgets that an id is in use",
    "never gives an id away again",
    "runs the program when the container is created",
    "lets a program be started twice",
    "deletes what runs without being forced",
    "does not kill what it deletes by force",
    "forgets how a container ended that it deletes",
    "answers for a container that was deleted",
    "gives another time of the end to each who asks",
    "says that it has killed what is stopped",
    "says that a paused container runs",
    "resumes what is not paused",
    "forgets its containers when it is opened again",
    "loses the exits of what ended before it was opened",
    "kills its containers when it is closed",
    "gives one exec id to two",
    "loses execs when it is opened again",
    "kills the container in the place of an exec",
    "deletes an exec that runs",
  ]) {
    it(`${mistake}, and names the seed and a short sequence`, async () => {
      const broken = brokenRuntimes[mistake] ?? assert.fail("there is no such mistake");
      const open = async () => spoiltHarness(await openInMemory(), broken.spoil);
      const failing = checkRuntimeModel(open, { seed: 1, sequences: 100, stepsEach: 30 });
      await assert.rejects(failing, (error: Error) => {
        const [, steps = ""] = /^seed \d+, 30 steps: .*; shortest that fails: (.*)$/s.exec(error.message) ?? [];
        const count = steps.split(", ").length;
        return steps !== "" && count <= 8 ? true : assert.fail(error.message);
      });
    });
  }
});
