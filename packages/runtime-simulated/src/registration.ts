import { OperationError } from "@gantry/api";
import { defineRuntime } from "@gantry/api/plugin";
import { runtimeId } from "./container.ts";
import { DirectoryHost } from "./directory-host.ts";
import { SimulatedRuntime } from "./runtime.ts";

/**
 * The simulated runtime, with its containers in the state directory. It opens on every host and for every user, so no
 * daemon has it unless its configuration names it. It has no options.
 */
export const simulatedRuntime = defineRuntime({
  id: runtimeId,
  async open({ state, options, log }) {
    const [unknown] = Object.keys(options);
    if (unknown !== undefined) {
      throw new OperationError("invalid-argument", { type: "runtime", id: runtimeId }, `unknown option ${unknown}`);
    }
    return { ready: new SimulatedRuntime(new DirectoryHost(state), (message) => log("error", message)) };
  },
});
