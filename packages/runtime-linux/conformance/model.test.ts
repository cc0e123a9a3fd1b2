import { describe, it } from "node:test";
import { checkRuntimeModel } from "@gantry/api/testing";
import { noContainers, openLinuxHarness } from "./linux-harness.ts";

/** Few, since each step takes processes of the host. More for a long campaign, or a seed to run again what has failed. */
const sequences = Number(process.env["GANTRY_MODEL_SEQUENCES"] ?? 10);
const seed = Number(process.env["GANTRY_MODEL_SEED"] ?? Date.now() % 1_000_000);

describe("model of a runtime", { skip: noContainers }, () => {
  it("holds for the Linux runtime with runc", async (test) => {
    test.diagnostic(`seed ${seed}, ${sequences} sequences`);
    await checkRuntimeModel(() => openLinuxHarness({ ociRuntime: "runc" }), { seed, sequences, stepsEach: 12 });
  });
});
