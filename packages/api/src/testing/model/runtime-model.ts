import assert from "node:assert/strict";
import { namespace, type RuntimeHarness } from "../runtime/harness.ts";
import { ContainerModel } from "./container-model.ts";
import { describeSteps, randomSteps, type Step, shortest } from "./random-steps.ts";

/** How much of the model is run. */
export interface RuntimeModelOptions {
  /** Decides all sequences; the next ones have the numbers behind it. */
  readonly seed: number;
  readonly sequences: number;
  readonly stepsEach: number;
}

/** How often a sequence that fails is run again to find a shorter one. */
const attempts = 100;

/**
 * Does things to containers at random, and holds each outcome, and where everything stands after each step, against a
 * model of the contract: none, created, running, paused, stopped, deleted, with an exec beside, and the runtime opened
 * again between any two steps.
 *
 * @param open - brings up an instance that has no containers; called once for each sequence
 *
 * Rejects with an `AssertionError` that names the seed and the shortest sequence found that fails.
 */
export async function checkRuntimeModel(
  open: () => Promise<RuntimeHarness>,
  options: RuntimeModelOptions,
): Promise<void> {
  const { seed, sequences, stepsEach } = options;
  for (let current = seed; current < seed + sequences; current += 1) {
    const steps = randomSteps(current, stepsEach);
    const failure = await run(open, steps);
    if (failure === null) continue;
    const least = await shortest(steps, async (some) => (await run(open, some)) !== null, attempts);
    const reason = failure instanceof Error ? failure.message : String(failure);
    const message = `seed ${current}, ${steps.length} steps: ${reason}; shortest that fails: ${describeSteps(least)}`;
    throw new assert.AssertionError({ message });
  }
}

/** Runs a sequence on an instance of its own; returns why it failed, or `null`. */
async function run(open: () => Promise<RuntimeHarness>, steps: readonly Step[]): Promise<unknown> {
  const harness = await open();
  const failure = await runOn(harness, steps).then(() => null, failureOf);
  const cleanup = await deleteAll(harness).then(() => null, failureOf);
  await harness.close();
  return failure ?? cleanup;
}

function failureOf(error: unknown): unknown {
  return error ?? new TypeError("failed with nothing");
}

async function deleteAll(harness: RuntimeHarness): Promise<void> {
  const found = await harness.runtime.load();
  await Promise.all(found.map((one) => "container" in one && one.container.delete({ force: true })));
}

async function runOn(harness: RuntimeHarness, steps: readonly Step[]): Promise<void> {
  const models = new Map<string, ContainerModel>();
  for (const { id } of steps) models.set(id, models.get(id) ?? new ContainerModel(harness, id));
  for (const [index, { action, id }] of steps.entries()) {
    try {
      if (action === "reopen") await reopen(harness, models);
      else await models.get(id)?.step(action);
      for (const model of models.values()) await model.compare();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new assert.AssertionError({ message: `step ${index + 1}, ${action} ${id}: ${reason}` });
    }
  }
  await deleteAll(harness);
  assert.deepEqual(await harness.leftovers(), []);
}

async function reopen(harness: RuntimeHarness, models: ReadonlyMap<string, ContainerModel>): Promise<void> {
  const found = await harness.reopen();
  const expected = [...models.values()].filter(({ exists }) => exists).length;
  assert.equal(found.length, expected, "as many containers are found as there should be");
  for (const [id, model] of models) {
    const one = found.find((entry) => entry.id === id && entry.namespace === namespace);
    if (one !== undefined && "error" in one) throw one.error;
    await model.reopened(one?.container ?? null);
  }
}
