import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first release of Debian whose CRIU works with kernels from 6.10 on, and the version it has. */
const release = "trixie";
const version = "4.1.1-1";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const cache = fileURLToPath(new URL("../../../.cache/criu", import.meta.url));
const stepTimeoutMs = 120_000;

/** CRIU as a later Debian has it, or the reason why it cannot be had here. */
export type DebianCriu = { readonly path: string } | { readonly reason: string };

/**
 * Fetches CRIU and the libraries it needs from the mirror that this machine's apt has, once, and without installing
 * anything: apt gets a state directory of its own, in which no package is installed and that release is the only source.
 * What it fetches it verifies by the release's signature, as always.
 */
export function debianCriu(): DebianCriu {
  const place = join(cache, version);
  const path = join(place, "criu");
  if (existsSync(path)) return { path };
  for (const file of ["/usr/bin/apt-get", "/usr/bin/dpkg-deb", keyring]) {
    if (!existsSync(file)) return { reason: `CRIU is fetched from Debian, and there is no ${file}` };
  }
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, "fetching-"));
  try {
    fetchInto(fresh);
    wrap(fresh, place);
    renameSync(fresh, place);
    return { path };
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another test run may have been faster.
    return existsSync(path) ? { path } : { reason: error instanceof Error ? error.message : String(error) };
  }
}

function fetchInto(fresh: string): void {
  const apt = join(fresh, "apt");
  for (const name of ["state/lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, name), { recursive: true });
  writeFileSync(join(apt, "status"), "");
  const source = { Types: "deb", URIs: mirror(), Suites: release, Components: "main", "Signed-By": keyring };
  const lines = Object.entries(source).map(([field, value]) => `${field}: ${value}\n`);
  writeFileSync(join(apt, "debian.sources"), lines.join(""));
  const options = {
    "Dir::State": join(apt, "state"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
    "Dir::Etc::sourcelist": join(apt, "debian.sources"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "APT::Update::Error-Mode": "any",
  };
  const args = ["-qq", ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
  run("apt-get", [...args, "update"]);
  run("apt-get", [...args, "--yes", "--no-install-recommends", "--download-only", "install", `criu=${version}`]);
  const archives = join(apt, "cache/archives");
  for (const name of readdirSync(archives).filter((one) => one.endsWith(".deb"))) {
    run("dpkg-deb", ["-x", join(archives, name), join(fresh, "root")]);
  }
  rmSync(apt, { recursive: true });
}

/** Of the mirrors that this machine uses, the one of Debian itself. */
function mirror(): string {
  const listed = run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).split("\n");
  return listed.find((uri) => /\/debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian";
}

/** Makes a program that runs CRIU with its own libraries, which are later than those of this machine. */
function wrap(fresh: string, place: string): void {
  const libraries = readdirSync(join(fresh, "root/usr/lib")).find((name) => name.endsWith("-linux-gnu"));
  if (libraries === undefined) throw new Error("the packages of CRIU have no libraries");
  const directory = join("root/usr/lib", libraries);
  const loader = readdirSync(join(fresh, directory)).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new Error("the packages of CRIU have no loader of programs");
  const [program, path, criu] = [join(directory, loader), directory, "root/usr/sbin/criu"].map((one) =>
    JSON.stringify(join(place, one)),
  );
  writeFileSync(join(fresh, "criu"), `#!/bin/sh\nexec ${program} --library-path ${path} ${criu} "$@"\n`);
  chmodSync(join(fresh, "criu"), 0o755);
}

function run(file: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(file, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    timeout: stepTimeoutMs,
  });
  if (status === 0) return stdout;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`${file} for CRIU ${version} of Debian ${release}: ${error?.message ?? said}`);
}
