import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { openInDirectory, openInMemory } from "./simulated-harness.ts";

registerSuite("runtime: simulated, in memory", runtimeSuite(openInMemory));
registerSuite("runtime: simulated, in a directory", runtimeSuite(openInDirectory));
