/** Runs test files with node:test, one process each, one after the other. */
import { run } from "node:test";
import { failure, readTestFile } from "./records.mjs";
import { clearRoom, openRoom } from "./room.mjs";

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
    const { records, output } = await inRoom(file, () => readTestFile(start(file, names), file));
    yield { file, records, output, durationMs: performance.now() - began };
  }
}

function start(file, names) {
  return run({
    files: [file],
    concurrency: 1,
    timeout: testTimeoutMs,
    signal: AbortSignal.timeout(fileTimeoutMs),
    execArgv: ["--conditions=gantry-source"],
    ...(names.length > 0 ? { testNamePatterns: names } : {}),
  });
}

/** Gives the file a temporary directory of its own, and adds a failure for what it leaves there. */
async function inRoom(file, body) {
  const outside = process.env.TMPDIR;
  const room = openRoom();
  process.env.TMPDIR = room;
  try {
    const { records, output } = await body();
    const left = await clearRoom(room);
    if (left.length > 0) records.push({ file, ...failure([], `left behind:\n${left.join("\n")}`) });
    return { records, output };
  } finally {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  }
}
