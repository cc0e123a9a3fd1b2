/**
 * `npm test [-- PACKAGE...]`: the tests of all packages, or of those named by their folder (`scripts` for those of the
 * root). The last line is always "N passed, N failed, N skipped".
 */
import { countRecords, countsLine, titleOf } from "./testing/counts.mjs";
import { clearResults, readResults } from "./testing/results.mjs";
import { runTurbo } from "./turbo.mjs";
import { workspacePackages } from "./workspace.mjs";

const rootName = "gantry";
const packages = [
  ...workspacePackages().map(({ name, short }) => ({ name, short })),
  { name: rootName, short: "scripts" },
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((short) => !packages.some((candidate) => candidate.short === short));
if (unknown.length > 0) {
  console.error(`no such package: ${unknown.join(", ")}; there are ${packages.map(({ short }) => short).join(", ")}`);
  process.exit(2);
}
const chosen = wanted.length === 0 ? packages : packages.filter(({ short }) => wanted.includes(short));

clearResults("tests");
// Two packages at a time, one file each: their tests keep to directories and names of their own, so they do not meet.
// The root's run alone: the demo among them looks for what is left on the whole machine.
const turns = [
  ["test", "--concurrency=2", chosen.filter(({ name }) => name !== rootName)],
  ["test:scripts", "--concurrency=1", chosen.filter(({ name }) => name === rootName)],
].filter(([, , units]) => units.length > 0);
const turboSucceeded = turns
  .map(([task, concurrency, units]) => {
    const filters = units.map(({ name }) => `--filter=${name === rootName ? "//" : name}`);
    return runTurbo([task, "--continue=always", concurrency, "--log-prefix=none", ...filters]);
  })
  .every(Boolean);

const records = collect(readResults("tests"));
for (const record of records.filter(({ reason }) => reason !== undefined)) {
  const word = record.outcome === "skipped" ? "skipped" : "known failure";
  console.log(`${word}: ${record.package} ${titleOf(record)}: ${record.reason}`);
}
for (const record of records.filter(({ outcome }) => outcome === "failed")) {
  console.log(`FAILED: ${record.package} ${record.file ?? ""} ${record.path.join(" > ")}`);
}
const counts = countRecords(records);
const nothingRan = records.length === 0;
if (nothingRan) console.log("FAILED: no test was found");
console.log(countsLine(counts));
process.exitCode = counts.failed > 0 || !turboSucceeded || nothingRan ? 1 : 0;

/** All records; a chosen package that left none ended before it could, which is a failure of its own. */
function collect(results) {
  return chosen.flatMap(({ name }) => {
    const own = results.get(name) ?? [{ path: ["the run of its tests ended early"], outcome: "failed" }];
    return own.map((record) => ({ package: name, ...record }));
  });
}
