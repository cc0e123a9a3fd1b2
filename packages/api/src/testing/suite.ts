/**
 * What a case can say about its outcome besides passing (it resolves) and failing (it rejects).
 *
 * A case that says nothing has checked what its title promises.
 */
export interface CaseContext {
  /**
   * States that the implementation declares it lacks what the case is about, and that the case has checked that it
   * answers `unimplemented`. The case returns afterwards.
   */
  unimplemented(what: string): void;
  /** States that the harness cannot show what the case is about, so that nothing was checked. The case returns afterwards. */
  skip(reason: string): void;
}

/** One case of a suite; it brings up what it needs and takes it down again. */
export type SuiteCase = (context: CaseContext) => Promise<void>;

/** Titles with their cases, in the order to run them; no test runner is needed to run them. */
export type Suite = ReadonlyMap<string, SuiteCase>;

/** What every harness has: an end. */
export interface Harness {
  /** Frees everything that the harness holds, also after a failed case. */
  close(): Promise<void>;
}

/** The cases of one topic, by title, each written against a harness that is fresh for it. */
export type CaseGroup<H> = Readonly<Record<string, (harness: H, context: CaseContext) => Promise<void>>>;

/**
 * Makes a suite of groups of cases, each of which gets a harness of its own from `open`.
 *
 * Throws `TypeError`: two groups have a case of the same title.
 */
export function bindSuite<H extends Harness>(open: () => Promise<H>, groups: readonly CaseGroup<H>[]): Suite {
  const suite = new Map<string, SuiteCase>();
  for (const [title, body] of groups.flatMap((group) => Object.entries(group))) {
    if (suite.has(title)) {
      throw new TypeError(`two cases are titled ${JSON.stringify(title)}`);
    }
    suite.set(title, (context) => runWithHarness(open, (harness) => body(harness, context)));
  }
  return suite;
}

async function runWithHarness<H extends Harness>(open: () => Promise<H>, body: (harness: H) => Promise<void>) {
  const harness = await open();
  try {
    await body(harness);
  } catch (error) {
    // A harness often cannot close after a failed case; the case's own failure is the one to show.
    await harness.close().catch((cleanup: unknown) => {
      throw new AggregateError([error, cleanup], error instanceof Error ? error.message : String(error));
    });
    throw error;
  }
  await harness.close();
}

/** How one case ended. */
export type CaseOutcome =
  | { readonly status: "pass" }
  | { readonly status: "unimplemented"; readonly reason: string }
  | { readonly status: "skipped"; readonly reason: string }
  | { readonly status: "fail"; readonly error: unknown };

/** Runs one case and tells how it ended; never rejects. */
export async function runCase(body: SuiteCase): Promise<CaseOutcome> {
  let outcome: CaseOutcome = { status: "pass" };
  const context: CaseContext = {
    unimplemented: (reason) => {
      outcome = { status: "unimplemented", reason };
    },
    skip: (reason) => {
      outcome = { status: "skipped", reason };
    },
  };
  try {
    await body(context);
    return outcome;
  } catch (error) {
    return { status: "fail", error };
  }
}
