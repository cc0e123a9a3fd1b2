/**
 * `npm run measure [-- --check | --accept]`: figures about the code, one JSON line a package (tests and generated code
 * apart). Each figure with a bar may be as it likes within the bar; beyond it, it must not get worse than what was last
 * accepted in `measure-baseline.json`. The names that packages export stand in `public-surface.txt`. `--check` fails on
 * what got worse and on a surface that differs; `--accept` writes both on purpose, for the review to see.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { inRoot } from "./bootstrap/root.mjs";
import { findWorse } from "./measure/bars.mjs";
import { compareSurfaces, describePublicSurface } from "./measure/public-surface.mjs";
import { measureWorkspace } from "./measure/workspace-figures.mjs";

const baselineFile = inRoot("scripts", "measure-baseline.json");
const surfaceFile = inRoot("scripts", "public-surface.txt");
const options = process.argv.slice(2);
const unknown = options.filter((option) => !["--check", "--accept"].includes(option));
if (unknown.length > 0) {
  console.error(`no such option: ${unknown.join(", ")}; there are --check and --accept`);
  process.exit(2);
}

const lines = measureWorkspace();
if (!options.includes("--check")) for (const line of lines) console.log(JSON.stringify(line));
if (options.includes("--accept")) accept();
if (options.includes("--check")) check();

function accept() {
  // One package a line, so that a review shows which one moved.
  write(baselineFile, `[\n${lines.map((line) => `  ${JSON.stringify(line)}`).join(",\n")}\n]\n`);
  write(surfaceFile, describePublicSurface());
}

function write(file, text) {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

function check() {
  const accepted = new Map(JSON.parse(readFileSync(baselineFile, "utf8")).map((line) => [line.package, line]));
  const worse = lines.flatMap((line) => findWorse(line, accepted.get(line.package)));
  const moved = compareSurfaces(readFileSync(surfaceFile, "utf8"), describePublicSurface());
  for (const text of [...worse, ...moved]) console.error(text);
  if (worse.length + moved.length === 0) return;
  console.error("change the code, or accept what it is now: npm run measure -- --accept");
  process.exitCode = 1;
}
