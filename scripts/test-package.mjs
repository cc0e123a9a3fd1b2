/**
 * Runs the tests of the package in the working directory: `node test-package.mjs`, or only its conformance suites whose
 * names begin with one of those given: `node test-package.mjs conformance [SUITE...]`.
 *
 * Prints one line a file and all of each failure, leaves its records in `.cache`, and ends with status 1 on a failure.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { countRecords, countsLine, titleOf } from "./testing/counts.mjs";
import { writeResults } from "./testing/results.mjs";
import { runTestFiles } from "./testing/run-files.mjs";

const [kind = "tests", ...suites] = process.argv.slice(2);
const folders = kind === "conformance" ? "conformance" : "{src,conformance,scripts,demo,bench,harness,examples}";
const directory = process.cwd();
// Test files start threads and processes by the hundred, and each of them would strip the types of its sources again.
process.env.NODE_COMPILE_CACHE ??= path.resolve(".cache", "compile");
const { name } = JSON.parse(readFileSync("package.json", "utf8"));

const files = globSync(`${folders}/**/*.test.{ts,mjs}`)
  .sort()
  .map((file) => path.resolve(file));
const names = suites.map((suite) => `/^${RegExp.escape(suite)}/`);
const all = [];
for await (const { file, records, output, durationMs } of runTestFiles(files, { names })) {
  const short = path.relative(directory, file);
  // A pattern that matches nothing in a file leaves it without tests, which is no failure then.
  const kept =
    names.length > 0
      ? records.filter((record) => record.path.length > 0 || record.error !== "the file holds no test")
      : records;
  const counts = countRecords(kept);
  console.log(`${name} ${short}: ${countsLine(counts)} (${(durationMs / 1000).toFixed(1)} s)`);
  if (counts.failed > 0) printFailures(kept, output);
  all.push(...kept.map((record) => ({ ...record, file: short })));
}
writeResults(kind, name, all);
process.exitCode = countRecords(all).failed > 0 ? 1 : 0;

function printFailures(records, output) {
  for (const record of records.filter(({ outcome }) => outcome === "failed")) {
    console.log(`\n  FAILED ${titleOf(record)}\n${indent(record.error)}`);
  }
  if (output !== "") console.log(`\n  the file printed:\n${indent(output)}`);
}

function indent(text) {
  return text.replaceAll(/^/gm, "    ");
}
