import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { runtime, simulatedRuntime } from "./index.ts";
import { requestFor } from "./testing/made.ts";

function contextIn(test: TestContext, options: Readonly<Record<string, unknown>> = {}) {
  const state = mkdtempSync(join(tmpdir(), "gantry-simulated-"));
  test.after(() => rmSync(state, { recursive: true }));
  return { root: "/nonexistent", state, options, log: () => undefined };
}

describe("simulatedRuntime", () => {
  it("opens for everybody, and finds again what it made in its state directory", async (test) => {
    const context = contextIn(test);
    const first = await simulatedRuntime.open(context);
    assert.ok("ready" in first);
    await first.ready.create(requestFor(["true"]));
    await first.ready.close();
    assert.deepEqual(readdirSync(context.state), ["tests+c1"]);
    const second = await simulatedRuntime.open(context);
    assert.ok("ready" in second);
    const [found] = await second.ready.load();
    assert.equal(found?.id, "c1");
    assert.ok(found !== undefined && "container" in found);
    await found.container.delete();
    await second.ready.close();
    assert.deepEqual(readdirSync(context.state), []);
  });

  it("has no options, and names one that it is given", async (test) => {
    const error = await rejectsWith("invalid-argument", simulatedRuntime.open(contextIn(test, { speed: 2 })));
    assert.match(error.message, /speed/);
  });

  it("is what a configuration finds when it names the module", () => {
    assert.equal(runtime, simulatedRuntime);
    assert.equal(runtime.id, "simulated");
  });
});
