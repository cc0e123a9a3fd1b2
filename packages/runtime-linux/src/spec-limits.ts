import type { JsonObject } from "./lossless-json.ts";
import { specError } from "./spec-error.ts";

/**
 * Annotations that are commands to an OCI runtime: `org.systemd.property.*` sets any property of a systemd unit
 * (CVE-2024-3154), `run.oci.*` makes crun keep groups, run other handlers, or write outside of its directories.
 */
const commandingAnnotations = ["org.systemd.property.", "run.oci."] as const;

/** Throws `invalid-argument`: an annotation is no text, or one that an OCI runtime would take as a command. */
export function checkAnnotations(annotations: JsonObject): void {
  for (const [key, value] of Object.entries(annotations)) {
    const property = `annotations.${key.slice(0, 256)}`;
    if (typeof value !== "string" || value.includes("\0")) {
      throw specError(property, "expected a text without NUL");
    }
    if (key === "" || hasControlCharacter(key)) {
      throw specError(property, "expected a name without control characters");
    }
    if (commandingAnnotations.some((prefix) => key.startsWith(prefix))) {
      throw specError(property, "not allowed: it would change what the OCI runtime does on the host");
    }
  }
}

/** Components of a name below /proc/sys, separated by `.` or `/`; `+`, `=` and `..` were used to smuggle more (CVE-2022-0811). */
const sysctlName = /^[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*$/;

/** Throws `invalid-argument`: a sysctl whose name or value could reach another one. */
export function checkSysctls(sysctls: JsonObject): void {
  for (const [name, value] of Object.entries(sysctls)) {
    const property = `linux.sysctl.${name.slice(0, 256)}`;
    if (!sysctlName.test(name)) {
      throw specError(property, "expected a name of letters, digits, _ and - separated by . or /");
    }
    if (typeof value !== "string" || /[\0\r\n]/.test(value)) {
      throw specError(property, "expected a text of one line");
    }
  }
}

/** The most that a file name may have (NAME_MAX); a cgroup is a directory. */
const maxNameBytes = 255;

/**
 * Returns the path, or `null` if there is none.
 *
 * Throws `invalid-argument`: it is not absolute, is the root, climbs, or is in systemd's form `SLICE:PREFIX:NAME`,
 * which only a runtime that asks systemd for its cgroups understands.
 */
export function checkCgroupsPath(path: unknown): string | null {
  if (path === undefined || path === "") {
    return null;
  }
  const components = typeof path === "string" ? path.split("/").slice(1) : [];
  const isSane = (name: string) =>
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    Buffer.byteLength(name) <= maxNameBytes &&
    !hasControlCharacter(name);
  if (typeof path !== "string" || !path.startsWith("/") || path.includes(":") || !components.every(isSane)) {
    throw specError("linux.cgroupsPath", "expected an absolute path below the root, without . and .. and :");
  }
  return path;
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
