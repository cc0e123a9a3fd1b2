/**
 * `npm run bench [-- NAME...] [--json FILE]`: builds what would be published, runs the benchmarks (or those whose name
 * begins with one given) one after the other, and prints ours beside the peer and the limit. With `--json`, also writes
 * the rows `{ name, ours, peer, peerName, ratio, unit, n, limit?, limitName? }` to FILE.
 */
import { renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runBenches } from "./bench/run-benches.mjs";
import { renderRows } from "./bench/table.mjs";
import { runTurbo } from "./turbo.mjs";

const { values, positionals: names } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
if (!runTurbo(["build", "--output-logs=errors-only", "--log-prefix=none"])) process.exit(1);

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)));

const { rows, failures, ran } = await runBenches({ names, signal: stop.signal });
if (rows.length > 0) console.log(`\n${renderRows(rows)}`);
if (values.json !== undefined) {
  writeFileSync(`${values.json}.tmp`, `${JSON.stringify(rows, undefined, 2)}\n`);
  renameSync(`${values.json}.tmp`, values.json);
}
for (const { name, error } of failures) console.error(`\nFAILED ${name}:`, error);
if (ran === 0) console.error(`no benchmark of that name: ${names.join(", ") || "(there is none)"}`);
process.exitCode = failures.length > 0 || ran === 0 ? 1 : 0;
