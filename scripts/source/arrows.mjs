/**
 * Who may import whom. The rules stand here as data; `findWrongArrows` holds manifests and sources against them.
 */
import { globSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { isTestCode, workspacePackages } from "../workspace.mjs";
import { importsOf } from "./imports.mjs";
import { parseSource } from "./parse.mjs";
import { reachable } from "./reachable.mjs";

const scope = "@gantry/";

/** The workspace packages that each package's published sources may import. */
const allowed = {
  api: [],
  sys: [],
  snapshotter: ["api", "sys"],
  content: ["api", "sys"],
  "runtime-linux": ["api", "sys"],
  "runtime-windows": ["api", "sys"],
  "runtime-solaris": ["api", "sys"],
  "runtime-simulated": ["api"],
  client: ["api"],
  cli: ["client"],
  daemon: ["api", "sys"],
};
/** The one file that names implementations, by `import()`, so that starting on one platform loads nothing of another. */
const builtins = {
  package: "daemon",
  file: "src/builtins.ts",
  mayName: ["snapshotter", "content", "runtime-linux", "runtime-windows", "runtime-solaris"],
};
/** The folders of `api` that are for Node; everything else there loads in a browser. */
const nodeFolders = ["src/kit/node/", "src/testing/", "src/remote/"];
/** Where the wire is spoken. */
const mayUseConnect = (name, file) =>
  ["daemon", "client"].includes(name) || (name === "api" && file.startsWith("src/remote/"));

/**
 * All violations below `directory` (a workspace root): `{ where, rule }`, where `where` is "file:line" relative to it.
 * What is for tests may import development dependencies, so only relative paths out of the package count there.
 */
export function findWrongArrows(directory) {
  const units = workspacePackages(directory);
  const wrong = units.flatMap((unit) => {
    if (!Object.hasOwn(allowed, unit.short)) {
      return [
        { where: `packages/${unit.short}`, rule: "is not in the list of packages; add it with what it may import" },
      ];
    }
    return [...wrongDependencies(unit), ...wrongImports(unit)];
  });
  return [...wrong, ...circles(units)];
}

/** Builds go along dependencies of every kind, so two packages whose tests need each other could not be built. */
function circles(units) {
  const graph = new Map(
    units.map(({ short, manifest }) => [
      short,
      workspaceNames({ ...manifest.dependencies, ...manifest.devDependencies }),
    ]),
  );
  return units
    .filter(({ short }) => reachable(graph, short).has(short))
    .map(({ short }) => ({
      where: `packages/${short}/package.json`,
      rule: `${short} depends on itself through others (development dependencies count); keep a test in the package that comes last`,
    }));
}

function workspaceNames(dependencies) {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length));
}

function wrongDependencies({ short, manifest }) {
  const where = `packages/${short}/package.json`;
  const wired = short === builtins.package ? builtins.mayName : [];
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return workspaceNames({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    .filter((name) => ![...allowed[short], ...wired].includes(name))
    .map((name) => ({ where, rule: `${short} must not depend on ${scope}${name}` }));
}

function wrongImports({ short, directory }) {
  const files = globSync("{src,conformance}/**/*.ts", { cwd: directory }).sort();
  return files.flatMap((native) => {
    const file = native.replaceAll(path.sep, "/");
    return importsOf(parseSource(path.join(directory, native))).flatMap((found) => {
      const rule = ruleBroken({ short, directory, file, found });
      return rule === undefined ? [] : [{ where: `packages/${short}/${file}:${found.line}`, rule }];
    });
  });
}

function ruleBroken({ short, directory, file, found }) {
  const { specifier } = found;
  if (specifier.startsWith(".")) return wrongRelativeImport({ short, directory, file, specifier });
  if (isTestCode(short, file)) return undefined;
  if (specifier.startsWith(scope)) return wrongWorkspaceImport(short, file, found);
  if (specifier.startsWith("@connectrpc/") && !mayUseConnect(short, file)) {
    return `${specifier} is for daemon, client and api/src/remote only`;
  }
  if (short === "api" && isNodeModule(specifier) && !nodeFolders.some((folder) => file.startsWith(folder))) {
    return `api must load in a browser: ${specifier} is for ${nodeFolders.join(", ")} only`;
  }
  return undefined;
}

function wrongRelativeImport({ short, directory, file, specifier }) {
  const target = path.resolve(directory, path.dirname(file), specifier);
  if (!target.startsWith(directory + path.sep))
    return `${specifier} leaves the package; import another package by its name`;
  const inside = path.relative(directory, target).replaceAll(path.sep, "/");
  if (!isTestCode(short, file) && isTestCode(short, inside))
    return `${specifier} is for tests, which are not published`;
  return undefined;
}

function wrongWorkspaceImport(short, file, { specifier, dynamic, typeOnly }) {
  const target = specifier.split("/")[1];
  if (target === short || allowed[short].includes(target)) return undefined;
  if (short !== builtins.package || !builtins.mayName.includes(target)) return `${short} must not import ${specifier}`;
  if (file !== builtins.file) return `only ${builtins.file} names ${specifier}`;
  return dynamic || typeOnly
    ? undefined
    : `${builtins.file} names ${specifier} by import() only, to load nothing of other platforms`;
}

function isNodeModule(specifier) {
  return specifier.startsWith("node:") || builtinModules.includes(specifier.split("/")[0]);
}
