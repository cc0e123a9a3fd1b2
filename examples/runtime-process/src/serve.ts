/** `node serve.ts ADDRESS DIRECTORY`: serves the runtime to a daemon, and keeps its files in the directory. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { serveRuntime } from "@gantry/api/remote";
import { processRuntime } from "./runtime.ts";

const [to = "", directory = ""] = process.argv.slice(2);
mkdirSync(directory, { recursive: true, mode: 0o700 });
const runtime = processRuntime(resolve(directory));
const { address, close } = await serveRuntime(runtime, { address: to });
console.log(`serves ${address}`);
for (const end of ["SIGINT", "SIGTERM"]) process.once(end, () => void close().then(() => runtime.close()));
