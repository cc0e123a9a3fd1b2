import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { PluginContext } from "@gantry/api/plugin";
import { runtime, solarisRuntime } from "./index.ts";

const context: PluginContext = { root: "/nonexistent/root", state: "/nonexistent/state", options: {}, log: () => {} };

function pretendPlatform(test: TestContext, platform: string): void {
  const real = process.platform;
  Object.defineProperty(process, "platform", { value: platform });
  test.after(() => Object.defineProperty(process, "platform", { value: real }));
}

describe("solarisRuntime", () => {
  it("is skipped on another platform, which the reason names", async (test) => {
    pretendPlatform(test, "linux");
    assert.deepEqual(await solarisRuntime.open(context), {
      skipped: "makes containers on Solaris only, this host runs linux",
    });
  });

  it("is skipped on Solaris too, with the reason that it is not written yet", async (test) => {
    pretendPlatform(test, "sunos");
    assert.deepEqual(await solarisRuntime.open(context), {
      skipped: "this version has no implementation for Solaris yet",
    });
  });

  it("is what a configuration finds when it names the module", () => {
    assert.equal(runtime, solarisRuntime);
    assert.equal(runtime.id, "solaris");
  });
});
