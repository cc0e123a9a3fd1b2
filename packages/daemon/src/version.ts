import { readFileSync } from "node:fs";

/** Returns the version of this package. */
export function daemonVersion(): string {
  // Two steps up from the sources and from what is built of them alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(version);
}

/** Node's word for the processor, in the words of OCI (GOARCH) where they differ. */
const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  mipsel: "mipsle",
};

/** Returns the processor of this host as the OCI image specification calls it. */
export function ociArchitecture(): string {
  return architectures[process.arch] ?? process.arch;
}

/** Returns the operating system of this host as the OCI image specification calls it. */
export function ociOs(): string {
  if (process.platform === "win32") return "windows";
  return process.platform === "sunos" ? "solaris" : process.platform;
}
