import { globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { inRoot } from "../bootstrap/root.mjs";

/**
 * Runs the benchmarks in `directory` whose name begins with one of `names` (all if none is given), one at a time, since
 * they would measure each other otherwise. A failed one does not stop the next; an abort does.
 *
 * @returns `{ rows, failures: [{ name, error }], ran }`
 */
export async function runBenches({ names, signal, directory = inRoot("bench") }) {
  const result = { rows: [], failures: [], ran: 0 };
  for (const file of globSync("*.bench.{ts,mjs}", { cwd: directory }).sort()) {
    if (signal.aborted) break;
    const { bench } = await import(pathToFileURL(path.join(directory, file)).href);
    if (names.length > 0 && !names.some((name) => bench.name.startsWith(name))) continue;
    result.ran += 1;
    console.error(`${bench.name}: measuring`);
    try {
      result.rows.push(...(await runOne(bench, signal)));
    } catch (error) {
      result.failures.push({ name: bench.name, error });
    }
  }
  return result;
}

async function runOne(bench, signal) {
  const directory = await mkdtemp(path.join(tmpdir(), "gantry-bench-"));
  try {
    const rows = await bench.run({ directory, signal, log: (line) => console.error(`${bench.name}: ${line}`) });
    return rows.map(withRatio);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Below 1, ours takes less than the peer's. */
function withRatio({ name, ours, peer, peerName, unit, n, ...rest }) {
  const ratio = peer === null || peer === 0 ? null : Number((ours / peer).toFixed(3));
  return { name, ours, peer, peerName, ratio, unit, n, ...rest };
}
