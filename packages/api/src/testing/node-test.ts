import { describe, it, type TestContext } from "node:test";
import { runCase, type Suite, type SuiteCase } from "./suite.ts";

/** How a suite is registered with node:test. */
export interface RegisterOptions {
  /** Titles of cases that are known to fail, with the reason. One that passes fails the run, so the list stays exact. */
  readonly knownFailures?: Readonly<Record<string, string>>;
  /** Why no case can run here; all are skipped with this reason. Default: they run. */
  readonly skip?: string | undefined;
  /** How long one case may take. Default: 60,000. */
  readonly timeoutMs?: number;
  /** How many cases run at once, each with a harness of its own; what `open` gives must not meet. Default: 1. */
  readonly concurrency?: number;
}

/**
 * Registers every case of `suite` with node:test, as `describe(title)` > `it(title of the case)`.
 *
 * @param title - contract and implementation, as in `"snapshotter: overlay"`; the conformance matrix is made of these
 *
 * A case about something that the implementation lacks passes with the diagnostic `unimplemented`; a known failure
 * fails as `todo`, which does not fail the run. Throws `TypeError`: a known failure is no title of the suite.
 */
export function registerSuite(title: string, suite: Suite, options: RegisterOptions = {}): void {
  const knownFailures = new Map(Object.entries(options.knownFailures ?? {}));
  for (const known of knownFailures.keys()) {
    if (!suite.has(known)) {
      throw new TypeError(`${title} has no case ${JSON.stringify(known)} to fail`);
    }
  }
  describe(title, { concurrency: options.concurrency ?? 1 }, () => {
    for (const [caseTitle, body] of suite) {
      // Skipped one by one: a skipped describe does not list its cases, and the matrix shall show each with the reason.
      const settings = { timeout: options.timeoutMs ?? 60_000, skip: options.skip ?? false };
      it(caseTitle, settings, (context) => runUnderNodeTest(context, body, knownFailures.get(caseTitle)));
    }
  });
}

async function runUnderNodeTest(test: TestContext, body: SuiteCase, knownFailure: string | undefined): Promise<void> {
  const outcome = await runCase(body);
  if (knownFailure !== undefined) {
    if (outcome.status !== "fail") {
      throw new TypeError(`listed as a known failure (${knownFailure}), but its outcome is: ${outcome.status}`);
    }
    // node:test does not fail a run over a test marked todo; a reader of its events still sees that it failed.
    test.todo(knownFailure);
    throw outcome.error;
  }
  switch (outcome.status) {
    case "fail":
      throw outcome.error;
    case "skipped":
      test.skip(outcome.reason);
      return;
    case "unimplemented":
      // The first line is what programs look for.
      test.diagnostic("unimplemented");
      test.diagnostic(outcome.reason);
      return;
    case "pass":
      return;
  }
}
