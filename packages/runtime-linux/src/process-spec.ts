import { isObject, type JsonObject } from "./lossless-json.ts";
import { specError } from "./spec-error.ts";
import { idMax } from "./user-text.ts";

/** A process whose properties that this runtime touches are checked; `document` holds all of it. */
export interface ProcessSpec {
  readonly document: JsonObject;
  readonly terminal: boolean;
  /** `NAME[:GROUP]` to look up in the root file system; `null` where numbers are given. */
  readonly username: string | null;
}

/**
 * Checks a process.
 *
 * @param path - how the process is named in errors: `process`
 *
 * Throws `invalid-argument`: a property cannot be applied; the subject is the property.
 */
export function readProcess(document: JsonObject, path: string): ProcessSpec {
  checkArgs(document["args"], `${path}.args`);
  checkCwd(document["cwd"], `${path}.cwd`);
  checkEnv(document["env"], `${path}.env`);
  const terminal = document["terminal"] ?? false;
  if (typeof terminal !== "boolean") {
    throw specError(`${path}.terminal`, "expected a boolean");
  }
  return { document, terminal, username: readUsername(document["user"], `${path}.user`) };
}

/**
 * Returns the process that an exec runs: what `request` says, and for the rest what the container's own process has.
 * The terminal is not taken over, since two processes do not share one.
 *
 * @param request - as in the call; at least `args`
 */
export function mergeProcess(container: JsonObject, request: JsonObject): JsonObject {
  const { args: _args, terminal: _terminal, consoleSize: _size, ...inherited } = container;
  return { ...inherited, ...request };
}

/** Returns `process` as the OCI runtime gets it: with `user` in numbers, and without the name it came from. */
export function withUser(process: ProcessSpec, user: JsonObject): JsonObject {
  const { username: _name, ...given } = isObject(process.document["user"]) ? process.document["user"] : {};
  return { ...process.document, user: { uid: 0, gid: 0, ...given, ...user } };
}

/**
 * Returns `process` with a say about what the kernel kills first where memory is short, if it has none. Service managers
 * often keep a daemon from being killed, and what it starts would be kept as well: containers are as any other program.
 *
 * @param ownScore - `/proc/self/oom_score_adj` (proc(5)) of the daemon; `null` where it is not known
 */
export function withOomScore(process: JsonObject, ownScore: string | null): JsonObject {
  const isKept = Number(ownScore ?? 0) < 0;
  return isKept && process["oomScoreAdj"] === undefined ? { ...process, oomScoreAdj: 0 } : process;
}

function checkArgs(args: unknown, property: string): void {
  if (!Array.isArray(args) || args.length === 0 || !args.every(isText) || args[0] === "") {
    throw specError(property, "expected a list of texts without NUL, the program first");
  }
}

function checkCwd(cwd: unknown, property: string): void {
  if (!isText(cwd) || !cwd.startsWith("/")) {
    throw specError(property, "expected an absolute path");
  }
}

function checkEnv(env: unknown, property: string): void {
  if (env === undefined) {
    return;
  }
  if (!Array.isArray(env) || !env.every((entry) => isText(entry) && entry.indexOf("=") > 0)) {
    throw specError(property, "expected a list of NAME=VALUE without NUL");
  }
}

function readUsername(user: unknown, property: string): string | null {
  if (user === undefined) {
    return null;
  }
  if (!isObject(user)) {
    throw specError(property, "expected an object");
  }
  for (const name of ["uid", "gid"]) {
    checkId(user[name] ?? 0, `${property}.${name}`);
  }
  const groups = user["additionalGids"] ?? [];
  if (!Array.isArray(groups)) {
    throw specError(`${property}.additionalGids`, "expected a list");
  }
  for (const group of groups) {
    checkId(group, `${property}.additionalGids`);
  }
  const username = user["username"] ?? "";
  if (typeof username !== "string") {
    throw specError(`${property}.username`, "expected a text");
  }
  return username === "" ? null : username;
}

function checkId(id: unknown, property: string): void {
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > idMax) {
    throw specError(property, `expected an integer from 0 to ${idMax}`);
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}
