/**
 * What came of each test, as plain records read from the event stream of node:test.
 *
 * A record is `{ file, path, outcome, reason, diagnostics, durationMs, error }`: `path` is the titles from the outermost
 * describe to the test; `outcome` is "passed", "failed", "skipped" or "known-failure" (a test marked todo that fails, as
 * expected); `reason` is the text given to skip or todo; `error` a printable account of a failure.
 */
import { inspect } from "node:util";

/** Reads all events of one test file; `output` is what the file itself printed. */
export async function readTestFile(events, file) {
  const titles = new Map();
  const records = [];
  let output = "";
  for await (const { type, data } of events) {
    if (type === "test:start") titles.set(data.testId, { name: data.name, parent: data.parentId });
    else if (type === "test:stdout" || type === "test:stderr") output += data.message;
    // Diagnostics of a test follow its result; those of the whole run come at nesting 0 after everything.
    else if (type === "test:diagnostic" && !isRunTotal(data)) records.at(-1)?.diagnostics.push(data.message);
    else if (type === "test:pass" || type === "test:fail") {
      const record = data.name === file ? fileRecord(type, data) : testRecord(type, data, titles);
      if (record !== undefined) records.push({ file, ...record });
    }
  }
  if (records.length === 0) records.push({ file, ...failure([], "the file holds no test") });
  return { records, output };
}

function isRunTotal({ nesting, message }) {
  return nesting === 0 && /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);
}

/** The file as a whole only counts when it failed: it crashed, ended with a status, or was ended by us. */
function fileRecord(type, data) {
  if (type === "test:pass") return undefined;
  const { error } = data.details;
  const how = error.signal
    ? `ended by ${error.signal}`
    : error.exitCode > 0
      ? `exit status ${error.exitCode}`
      : error.message;
  return failure([], `the file itself failed: ${how}`);
}

function testRecord(type, data, titles) {
  const { details } = data;
  const passed = type === "test:pass";
  const skipped = data.skip !== undefined && data.skip !== false;
  // A suite is only its tests, unless it was skipped whole or one of its hooks failed.
  if (details.type === "suite" && passed && !skipped) return undefined;
  // The failure of a parent is that of its children, which are counted.
  if (!passed && details.error?.failureType === "subtestsFailed") return undefined;
  const path = titlesOf(data, titles);
  const common = { path, diagnostics: [], durationMs: details.duration_ms };
  if (skipped) return { ...common, outcome: "skipped", reason: textOf(data.skip) };
  if (data.todo !== undefined && data.todo !== false) {
    if (passed)
      return failure(path, `passes, although marked as a known failure (${textOf(data.todo)}): remove the mark`);
    return { ...common, outcome: "known-failure", reason: textOf(data.todo) };
  }
  if (passed) return { ...common, outcome: "passed" };
  return { ...common, outcome: "failed", error: inspect(details.error.cause ?? details.error) };
}

/** The record of a failure that no single test stands for when `path` is empty. */
export function failure(path, error) {
  return { path, outcome: "failed", diagnostics: [], durationMs: 0, error };
}

function titlesOf(data, titles) {
  const path = [data.name];
  let parent = titles.get(data.parentId);
  while (parent !== undefined) {
    path.unshift(parent.name);
    parent = titles.get(parent.parent);
  }
  return path;
}

function textOf(mark) {
  return typeof mark === "string" && mark !== "" ? mark : "no reason given";
}
