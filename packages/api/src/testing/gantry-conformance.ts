#!/usr/bin/env node
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { RuntimeHarness } from "./runtime/harness.ts";
import { runtimeSuite } from "./runtime-suite.ts";
import type { SnapshotterHarness } from "./snapshotter/harness.ts";
import { snapshotterSuite } from "./snapshotter-suite.ts";
import { type CaseOutcome, runCase, type Suite } from "./suite.ts";

const usage = `usage: gantry-conformance snapshotter|runtime MODULE

Runs every case of a contract's suite against an implementation, and prints how each ended.

MODULE is a JavaScript module that exports
  openSnapshotterHarness   () => Promise<SnapshotterHarness>, see @gantry/api/testing
  openRuntimeHarness       () => Promise<RuntimeHarness>, likewise

Exit status: 0 when no case failed, 1 when one did, 2 when nothing could be run.
`;

/** Contract -> name of the module's export -> suite over it. */
const contracts: ReadonlyMap<string, (module: Record<string, unknown>) => Suite | undefined> = new Map([
  [
    "snapshotter",
    (module) => {
      const open = module["openSnapshotterHarness"];
      // What a module from outside exports can only be believed; a case fails where it is something else.
      return typeof open === "function" ? snapshotterSuite(open as () => Promise<SnapshotterHarness>) : undefined;
    },
  ],
  [
    "runtime",
    (module) => {
      const open = module["openRuntimeHarness"];
      return typeof open === "function" ? runtimeSuite(open as () => Promise<RuntimeHarness>) : undefined;
    },
  ],
]);

async function main(args: readonly string[]): Promise<number> {
  const [contract = "", path = ""] = args;
  const suiteOf = contracts.get(contract);
  if (suiteOf === undefined || path === "" || args.length > 2) {
    process.stderr.write(usage);
    return 2;
  }
  const module: Record<string, unknown> = await import(pathToFileURL(resolve(path)).href);
  const suite = suiteOf(module);
  if (suite === undefined) {
    process.stderr.write(`${path} exports no harness for the contract ${contract}\n\n${usage}`);
    return 2;
  }
  return report(suite);
}

async function report(suite: Suite): Promise<number> {
  const counts = { pass: 0, unimplemented: 0, skipped: 0, fail: 0 };
  for (const [title, body] of suite) {
    const outcome = await runCase(body);
    counts[outcome.status] += 1;
    process.stdout.write(`${lineOf(title, outcome)}\n`);
  }
  const total = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  process.stdout.write(`\n${total.join(", ")}\n`);
  return counts.fail === 0 ? 0 : 1;
}

function lineOf(title: string, outcome: CaseOutcome): string {
  const line = `${outcome.status.padEnd(13)} ${title}`;
  if (outcome.status === "fail") {
    const { error } = outcome;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${line}\n${text.replaceAll(/^/gm, "    ")}`;
  }
  return outcome.status === "pass" ? line : `${line} (${outcome.reason})`;
}

process.exitCode = await main(process.argv.slice(2));
