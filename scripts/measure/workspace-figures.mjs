/** The figures of every package, and of the root's scripts. */
import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../bootstrap/root.mjs";
import { parseSource } from "../source/parse.mjs";
import { isTestCode, workspacePackages } from "../workspace.mjs";
import { countDuplicates } from "./duplicates.mjs";
import { listExports } from "./exports.mjs";
import { countImportCycles } from "./import-cycles.mjs";
import { percent, perThousand, quantile, round } from "./numbers.mjs";
import { shapeOf } from "./source-shape.mjs";

/** One flat object a package, in alphabetical order; figures that do not apply are null. */
export function measureWorkspace() {
  const units = workspacePackages().map(({ name, short, directory }) => {
    const files = globSync("{src,conformance}/**/*.ts", { cwd: directory, exclude: ["src/gen/**"] });
    return {
      name,
      directory,
      sources: files.filter((file) => !isTestCode(short, file)),
      tests: files.filter((file) => isTestCode(short, file)),
      entry: path.join(directory, "src", "index.ts"),
    };
  });
  const scripts = globSync("**/*.mjs", { cwd: inRoot("scripts") });
  const isTest = (file) => file.endsWith(".test.mjs");
  units.push({
    name: "scripts",
    directory: inRoot("scripts"),
    sources: scripts.filter((file) => !isTest(file)),
    tests: scripts.filter(isTest),
  });
  return units.filter(({ sources }) => sources.length > 0).map(measurePackage);
}

function measurePackage({ name, directory, sources, tests, entry }) {
  const files = sources.sort().map((file) => parseSource(path.join(directory, file)));
  const shapes = files.map(shapeOf);
  const sum = (key) => shapes.reduce((total, shape) => total + shape[key], 0);
  const sloc = sum("codeLines");
  const testShapes = tests.map((file) => shapeOf(parseSource(path.join(directory, file))));
  const isContract = name === "@gantry/api";
  return {
    package: name,
    files: files.length,
    sloc,
    commentPercent: percent(sum("commentLines"), sum("commentLines") + sloc),
    ...lengths(
      "fileLines",
      shapes.map(({ lines }) => lines),
    ),
    fileLinesMax: Math.max(...shapes.map(({ lines }) => lines)),
    ...functionFigures(shapes.flatMap(({ functionLines }) => functionLines)),
    over3Parameters: sum("over3Parameters"),
    any: sum("any"),
    nonNull: sum("nonNull"),
    defaultExports: sum("defaultExports"),
    bareErrors: sum("bareErrors"),
    importCycles: countImportCycles(files),
    asPerKsloc: perThousand(sum("as"), sloc),
    suppressionsPerKsloc: perThousand(sum("suppressions"), sloc),
    duplicatesPerKsloc: perThousand(countDuplicates(files), sloc),
    exports: entry !== undefined && existsSync(entry) ? listExports(entry).length : null,
    undocumentedMembers: isContract ? sum("undocumentedMembers") : null,
    promisesWithoutRejects: isContract ? sum("promisesWithoutRejects") : null,
    testsPerSource: round(testShapes.reduce((total, { codeLines }) => total + codeLines, 0) / sloc, 2),
    filesWithTestPercent: shareWithTest(
      sources.filter((_, index) => shapes[index].functionLines.length > 0),
      tests,
    ),
  };
}

function lengths(prefix, values) {
  return { [`${prefix}Median`]: quantile(values, 0.5), [`${prefix}P90`]: quantile(values, 0.9) };
}

function functionFigures(values) {
  const over = (limit) => values.filter((lines) => lines > limit).length;
  return {
    ...lengths("functionLines", values),
    functionsOver50Percent: percent(over(50), values.length),
    functionsOver80: over(80),
  };
}

/** The share of files with a test beside them; what only starts a program is tested as a program. */
function shareWithTest(sources, tests) {
  const own = sources.filter((file) => path.parse(file).name !== "main");
  const tested = own.filter((file) => tests.includes(file.replace(/\.(ts|mjs)$/, ".test.$1")));
  return percent(tested.length, own.length);
}
