import { isObject, type JsonObject } from "./lossless-json.ts";
import { type ProcessSpec, readProcess } from "./process-spec.ts";
import { specError } from "./spec-error.ts";
import { checkAnnotations, checkCgroupsPath, checkSysctls } from "./spec-limits.ts";
import { readUserNamespace, type UserNamespace } from "./user-namespace.ts";

/** A spec whose properties that this runtime touches are checked; `document` holds all of it. */
export interface Spec {
  readonly document: JsonObject;
  readonly process: ProcessSpec;
  readonly rootReadonly: boolean;
  /** Where the caller wants the cgroup; `null` leaves the choice to the runtime. */
  readonly cgroupsPath: string | null;
  /** Whether the container gets a pid namespace of its own, so that the end of init is the end of all. */
  readonly ownsPidNamespace: boolean;
  /** The user namespace of its own that it gets, if any. */
  readonly userNamespace: UserNamespace | null;
  readonly usesRdt: boolean;
  /** Names of the kinds of hooks it has, such as `poststop`. */
  readonly hooks: ReadonlySet<string>;
}

/**
 * Checks what of a spec this runtime touches or answers for; the OCI runtime checks the rest.
 *
 * Throws `invalid-argument`: a property cannot be applied; the subject is the property.
 */
export function readSpec(document: JsonObject): Spec {
  if (!isObject(document["process"])) {
    throw specError("process", "expected an object");
  }
  const linux = readObject(document, "linux");
  const root = readObject(document, "root");
  if (typeof (root["readonly"] ?? false) !== "boolean") {
    throw specError("root.readonly", "expected a boolean");
  }
  checkAnnotations(readObject(document, "annotations"));
  checkSysctls(readObject(linux, "sysctl", "linux.sysctl"));
  return {
    document,
    process: readProcess(document["process"], "process"),
    rootReadonly: root["readonly"] === true,
    cgroupsPath: checkCgroupsPath(linux["cgroupsPath"]),
    usesRdt: linux["intelRdt"] !== undefined,
    ownsPidNamespace: ownsPidNamespace(linux["namespaces"]),
    userNamespace: readUserNamespace(linux),
    hooks: new Set(
      Object.entries(readObject(document, "hooks")).flatMap(([kind, list]) => (hasEntries(list) ? [kind] : [])),
    ),
  };
}

/** What the runtime decides about a spec. */
export interface SpecDecisions {
  /** Absolute path of the directory where the root file system is shown. */
  readonly rootPath: string;
  readonly cgroupsPath: string;
  /** The process with its user resolved. */
  readonly process: JsonObject;
}

/** Returns the document that the OCI runtime gets. */
export function completeSpec(spec: Spec, decisions: SpecDecisions): JsonObject {
  return {
    ...spec.document,
    process: decisions.process,
    root: { path: decisions.rootPath, readonly: spec.rootReadonly },
    linux: { ...readObject(spec.document, "linux"), cgroupsPath: decisions.cgroupsPath },
  };
}

function readObject(parent: JsonObject, name: string, path = name): JsonObject {
  const value = parent[name] ?? {};
  if (!isObject(value)) {
    throw specError(path, "expected an object");
  }
  return value;
}

function hasEntries(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** A namespace without `path` is a new one (OCI runtime specification, config-linux.md, "Namespaces"). */
function ownsPidNamespace(namespaces: unknown): boolean {
  if (namespaces === undefined) {
    return false;
  }
  if (!Array.isArray(namespaces)) {
    throw specError("linux.namespaces", "expected a list");
  }
  return namespaces.some((entry) => isObject(entry) && entry["type"] === "pid" && !entry["path"]);
}
