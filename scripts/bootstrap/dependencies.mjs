/**
 * The workspace's npm dependencies, installed by pnpm exactly as the lock file says.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./root.mjs";
import { toolchainBin } from "./toolchain.mjs";

const stampOf = (directory) => path.join(directory, "node_modules", ".gantry-installed");

export const dependencies = {
  what: "npm dependencies",
  isReady: () => isInstalled(root),
  install,
};

/** Whether the last complete install in `directory` was made from the manifests that are there now. */
export function isInstalled(directory) {
  try {
    if (readFileSync(stampOf(directory), "utf8") !== fingerprint(directory)) return false;
  } catch {
    return false;
  }
  return packageDirectories(directory).every((folder) => existsSync(path.join(folder, "node_modules")));
}

/** A hash over everything that decides what an install makes: the lock file and each package's manifest. */
export function fingerprint(directory) {
  const hash = createHash("sha256");
  const manifests = packageDirectories(directory).map((folder) => path.join(folder, "package.json"));
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"])
    manifests.push(path.join(directory, file));
  for (const file of manifests) {
    const bytes = readFileSync(file);
    hash.update(`${path.relative(directory, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

/** Records that a complete install was made from the manifests of that fingerprint. */
export function stampInstalled(directory, of) {
  writeFileSync(stampOf(directory), of);
}

function packageDirectories(directory) {
  const packages = path.join(directory, "packages");
  return readdirSync(packages)
    .sort()
    .map((name) => path.join(packages, name))
    .filter((folder) => existsSync(path.join(folder, "package.json")));
}

function install() {
  console.error("installing npm dependencies (pnpm, from the lock file)");
  // Taken before the install: a manifest that changes meanwhile makes the next run install again.
  const before = fingerprint(root);
  const { status, error } = spawnSync(
    path.join(toolchainBin, "pnpm"),
    [
      "install",
      "--frozen-lockfile",
      "--reporter=append-only",
      "--loglevel=warn",
      "--config.confirm-modules-purge=false",
    ],
    {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PATH: `${toolchainBin}${path.delimiter}${process.env.PATH}` },
    },
  );
  if (status !== 0) {
    console.error(`pnpm could not install the dependencies: ${error?.message ?? `exit status ${status}`}`);
    return false;
  }
  stampInstalled(root, before);
  return true;
}
