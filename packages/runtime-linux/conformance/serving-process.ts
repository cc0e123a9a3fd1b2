/**
 * A process that serves the Linux runtime on a socket, to be run where the test itself cannot be:
 * `node serving-process.ts BASE ADDRESS OCI-RUNTIME`. Prints a line when it can be called.
 */
import { serveRuntime } from "@gantry/api/remote";
import { openLinuxRuntime } from "./linux-harness.ts";

const [base = "", address = "", ociRuntime = ""] = process.argv.slice(2);
const runtime = await openLinuxRuntime(base, { ociRuntime });
await runtime.load();
await serveRuntime(runtime, { address });
console.log("ready");
