/**
 * `npm run conformance [-- SUITE...]`: runs every contract suite (or those whose name begins with one given) on every
 * implementation and prints a matrix, case by implementation. Status 1 on a failure, or when nothing ran.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { buildMatrices } from "./conformance/matrix.mjs";
import { renderMatrix } from "./conformance/render.mjs";
import { titleOf } from "./testing/counts.mjs";
import { clearResults, readResults } from "./testing/results.mjs";
import { runTurbo } from "./turbo.mjs";
import { workspacePackages } from "./workspace.mjs";

const suites = process.argv.slice(2);
const packages = workspacePackages().filter(({ directory }) => existsSync(path.join(directory, "conformance")));

clearResults("conformance");
const filters = packages.map(({ name }) => `--filter=${name}`);
const quiet = ["--continue=always", "--concurrency=1", "--log-prefix=none", "--output-logs=errors-only"];
const turboSucceeded = packages.length > 0 && runTurbo(["conformance", ...quiet, ...filters, "--", ...suites]);

const results = readResults("conformance");
const { matrices, strays } = buildMatrices([...results.values()].flat());
for (const matrix of matrices) console.log(`\n${renderMatrix(matrix)}`);
for (const record of strays)
  console.log(`\nFAILED outside any suite: ${record.file} ${titleOf(record)}: ${record.error}`);
for (const { name } of packages.filter(({ name }) => !results.has(name)))
  console.log(`\nFAILED: ${name} left no result`);
if (matrices.length === 0) console.log("no conformance suite ran");
process.exitCode = turboSucceeded && matrices.length > 0 ? 0 : 1;
