import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeCapabilities } from "../runtime.ts";
import { connectRuntime } from "./connect-runtime.ts";
import { serveRuntime } from "./serve-runtime.ts";
import { ScriptedRuntime } from "./testing/scripted-runtime.ts";
import { socketAddress } from "./testing/socket-address.ts";

const none: RuntimeCapabilities = {
  ...{ exec: false, pause: false, update: false, stats: false, checkpoint: false },
  ...{ terminal: false, stdin: false, pipes: false, oomDetection: false },
};

describe("the capabilities of a served runtime", () => {
  for (const name of ["nothing", ...Object.keys(none)]) {
    it(`arrive as they are if it has ${name} alone`, async (test) => {
      const capabilities = name === "nothing" ? none : { ...none, [name]: true };
      const local = Object.assign(new ScriptedRuntime(), { capabilities });
      const serving = await serveRuntime(local, { address: socketAddress(test) });
      test.after(() => serving.close());
      const remote = await connectRuntime(serving.address);
      test.after(() => remote.close());
      assert.deepEqual(remote.capabilities, capabilities);
    });
  }
});
