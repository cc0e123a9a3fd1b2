/** Runs test files with node:test, one process each, one after the other: they share the machine's mounts and cgroups. */
import { run } from "node:test";
import { readTestFile } from "./records.mjs";

/** A test may take this long, and a file with all its tests that long; a file that leaks a handle never ends by itself. */
const testTimeoutMs = 120_000;
const fileTimeoutMs = 600_000;

/**
 * Yields `{ file, records, output, durationMs }` a file, in the order given.
 *
 * @param files - absolute paths
 * @param options - `names`: patterns, to run only the tests whose title or describe matches one
 */
export async function* runTestFiles(files, { names = [] } = {}) {
  for (const file of files) {
    const began = performance.now();
    const events = run({
      files: [file],
      concurrency: 1,
      timeout: testTimeoutMs,
      signal: AbortSignal.timeout(fileTimeoutMs),
      execArgv: ["--conditions=gantry-source"],
      ...(names.length > 0 ? { testNamePatterns: names } : {}),
    });
    const { records, output } = await readTestFile(events, file);
    yield { file, records, output, durationMs: performance.now() - began };
  }
}
