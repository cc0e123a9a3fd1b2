import { appendFileSync, readFileSync } from "node:fs";

/** One thing that happened in a run of the scenario, in the order of the journal. */
export type Entry =
  /** The call of a step is about to be made; a commit says what it commits. */
  | { readonly begun: number; readonly name?: string; readonly digest?: string }
  /** The call has succeeded, and this is what a caller sees then. */
  | { readonly acknowledged: number; readonly state: string }
  | { readonly point: string }
  /** The run has ended by an error. */
  | { readonly failed: string };

/**
 * Notes of a run that outlive the process, and must be elsewhere than its root. They need no sync: only the root ever
 * loses what is not on the disk.
 */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(entry: Entry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }
}

/** What a journal says about a run, however that ended. */
export interface Account {
  /** How many steps have succeeded. */
  readonly acknowledged: number;
  /** What a caller saw at first, and after each of them. */
  readonly states: readonly string[];
  /** How many steps have begun: as many, or one more. */
  readonly begun: number;
  /** Digests by the name that was, or may have been, committed. */
  readonly digests: ReadonlyMap<string, string>;
  /** All points that came past, with the step that they belong to. */
  readonly points: readonly { readonly step: number; readonly point: string }[];
  /** The error that has ended it. */
  readonly failure: string | undefined;
}

/** Reads what a {@link Journal} wrote at `path`; a run that ended before its first entry has left no file. */
export function readJournal(path: string): Account {
  const states = ["[]"];
  const digests = new Map<string, string>();
  const points: { step: number; point: string }[] = [];
  let begun = 0;
  let failure: string | undefined;
  for (const entry of entriesAt(path)) {
    if ("point" in entry) {
      points.push({ step: begun - 1, point: entry.point });
    } else if ("begun" in entry) {
      begun = entry.begun + 1;
      if (entry.name !== undefined && entry.digest !== undefined) {
        digests.set(entry.name, entry.digest);
      }
    } else if ("failed" in entry) {
      failure = entry.failed;
    } else {
      states.push(entry.state);
    }
  }
  return { acknowledged: states.length - 1, states, begun, digests, points, failure };
}

function entriesAt(path: string): readonly Entry[] {
  const text = readFileSync(path, { encoding: "utf8", flag: "a+" });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
