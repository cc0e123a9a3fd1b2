#!/usr/bin/env node
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { RuntimeHarness } from "./runtime/harness.ts";
import { runtimeSuite } from "./runtime-suite.ts";
import type { SnapshotterHarness } from "./snapshotter/harness.ts";
import { snapshotterSuite } from "./snapshotter-suite.ts";
import { type CaseOutcome, runCase, type Suite } from "./suite.ts";

const usage = `usage: gantry-conformance snapshotter MODULE|ADDRESS [TEXT]
       gantry-conformance runtime MODULE [TEXT]

Runs every case of a contract's suite against an implementation, or those with TEXT in their titles, and prints how each
ended.

MODULE is a JavaScript module that exports
  openSnapshotterHarness   () => Promise<SnapshotterHarness>, see @gantry/api/testing
  openRuntimeHarness       () => Promise<RuntimeHarness>, likewise

ADDRESS is unix:///PATH or http://127.0.0.1:PORT, where a process on this host serves gantry.snapshots.v1. Snapshots
that are there are left alone. Cases about files are run by root, with mount(8) and umount(8).

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
  const [contract = "", implementation = "", text = ""] = args;
  const suiteOf = contracts.get(contract);
  if (suiteOf === undefined || implementation === "" || args.length > 3) {
    return refuse("");
  }
  if (/^(unix|https?):\/\//.test(implementation)) {
    return contract === "snapshotter"
      ? runAtAddress(implementation, text)
      : refuse(`a ${contract} is tested as a module: its root file systems are the module's to make\n\n`);
  }
  const module: Record<string, unknown> = await import(pathToFileURL(resolve(implementation)).href);
  const suite = suiteOf(module);
  return suite === undefined
    ? refuse(`${implementation} exports no harness for the contract ${contract}\n\n`)
    : report(suite, text);
}

async function runAtAddress(address: string, text: string): Promise<number> {
  // Only here, since it brings gRPC.
  const { openAtAddress } = await import("./snapshotter/address-harness.ts");
  try {
    // Otherwise each case would tell for itself that nobody answers.
    await (await openAtAddress(address)).close();
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n\n`);
  }
  return report(
    snapshotterSuite(() => openAtAddress(address)),
    text,
  );
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}${usage}`);
  return 2;
}

/** Runs the cases whose titles contain `text`, and gives the exit status. */
async function report(suite: Suite, text: string): Promise<number> {
  const cases = [...suite].filter(([title]) => title.includes(text));
  if (cases.length === 0) {
    return refuse(`no case has ${JSON.stringify(text)} in its title\n\n`);
  }
  const counts = { pass: 0, unimplemented: 0, skipped: 0, fail: 0 };
  for (const [title, body] of cases) {
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
