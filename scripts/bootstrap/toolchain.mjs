/**
 * Node and pnpm, in `.toolchain/node_modules` (ignored by git): the versions of `versions.mjs`, whatever the machine has.
 */
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { inRoot } from "./root.mjs";
import { versions } from "./versions.mjs";

const installed = inRoot(".toolchain", "node_modules");
// Not inside .toolchain: the install script of the package `node` would find the Node of a damaged toolchain there and
// leave out its own.
const workshop = inRoot(".cache");
const temporaryPrefix = "toolchain-";

/** The directory that comes first in PATH for every task. */
export const toolchainBin = path.join(installed, ".bin");

export const toolchain = { what: "Node and pnpm", isReady: () => isToolchain(installed), install };

/** Whether `modules` holds the pinned versions with their programs; a look at files, nothing is started. */
export function isToolchain(modules) {
  return Object.entries(versions).every(([name, version]) => {
    try {
      const { version: found } = JSON.parse(readFileSync(path.join(modules, name, "package.json"), "utf8"));
      const program = path.join(modules, ".bin", name);
      accessSync(program, constants.X_OK);
      return found === version && statSync(program).size > 0;
    } catch {
      return false;
    }
  });
}

function install() {
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  console.error(`installing ${wanted.join(" and ")} into .toolchain (once)`);
  for (const directory of [workshop, path.dirname(installed)]) mkdirSync(directory, { recursive: true });
  // A run that was killed leaves its directory behind; under the lock, none is in use.
  for (const name of readdirSync(workshop)) {
    if (name.startsWith(temporaryPrefix)) rmSync(path.join(workshop, name), { recursive: true, force: true });
  }
  const temporary = mkdtempSync(path.join(workshop, temporaryPrefix));
  try {
    return npmInstall(temporary, wanted) && putInPlace(path.join(temporary, "node_modules"));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function npmInstall(prefix, wanted) {
  const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  // The package `node` fetches the binary for this machine in its install script, so scripts must run.
  const { status, error } = spawnSync(
    "npm",
    ["install", "--ignore-scripts=false", "--prefix", prefix, ...options, ...wanted],
    {
      cwd: prefix,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (status === 0) return true;
  console.error(`npm could not install ${wanted.join(" and ")}: ${error?.message ?? `exit status ${status}`}`);
  return false;
}

/** Tries the programs, then swaps the whole tree in by rename, so that nobody ever sees half of it. */
function putInPlace(fresh) {
  for (const name of Object.keys(versions)) {
    const program = path.join(fresh, ".bin", name);
    const { status, stderr, error } = spawnSync(program, ["--version"], {
      encoding: "utf8",
      env: { ...process.env, PATH: path.dirname(program) },
    });
    if (status !== 0) {
      console.error(`the installed ${name} does not run here: ${error?.message ?? stderr}`);
      return false;
    }
  }
  if (existsSync(installed)) renameSync(installed, path.join(path.dirname(fresh), "previous"));
  renameSync(fresh, installed);
  return true;
}
