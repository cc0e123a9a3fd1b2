import { registerSuite, runtimeSuite } from "@gantry/api/testing";
import { openHarness } from "./harness.ts";

const skip = process.platform === "linux" ? undefined : "processes are told apart by /proc, which only Linux has";
registerSuite("runtime: process", runtimeSuite(openHarness), { skip, concurrency: 4 });
