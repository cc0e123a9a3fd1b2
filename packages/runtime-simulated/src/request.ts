import { lstatSync } from "node:fs";
import { type AnyValue, type CreateRequest, type Mount, OperationError, type Stdio, type Subject } from "@gantry/api";
import { type OciProcess, type OciResources, resourcesFromAny, specFromAny } from "@gantry/api/spec";
import { readCheckpoint } from "./checkpoint.ts";
import { type ContainerRecord, freshMemory, type Limits, type ProcessRecord } from "./record.ts";

/** The largest user and group id; the last one means "no change" (chown(2)). */
const idMax = 0xfffffffe;

/**
 * Makes the record of a container out of a request, which it checks as a runtime that runs something would.
 *
 * Throws what `Runtime.create` rejects with.
 */
export function recordOf(request: CreateRequest, now: number): ContainerRecord {
  const { namespace, id, rootfs, stdio } = request;
  const subject: Subject = { type: "container", id };
  const spec = specFromAny(request.spec);
  if (!isObject(spec.process)) throw specError("process", "expected an object");
  const init = processRecordOf(id, spec.process, stdio);
  const resources = spec.linux?.resources ?? {};
  checkResources(resources);
  if (request.options !== undefined) {
    throw new OperationError(
      "invalid-argument",
      subject,
      `options of type ${request.options.typeUrl}: this runtime has none`,
    );
  }
  if (rootfs.length === 0) {
    throw new OperationError("invalid-argument", subject, "rootfs: expected at least one mount");
  }
  if (request.checkpoint !== undefined) readCheckpoint(request.checkpoint, subject);
  return {
    ...{ namespace, id, createdAt: now, hostname: spec.hostname ?? id, root: rootOf(rootfs), files: [] },
    limits: limitsOf(resources, { memoryBytes: null, pids: null }),
    ...(request.checkpoint !== undefined && { checkpoint: request.checkpoint }),
    isPaused: false,
    turns: 1,
    processes: [init],
  };
}

/**
 * Makes the record of a process out of what a spec or an exec says.
 *
 * Throws `invalid-argument`: a property cannot be applied; the subject is the property. `not-found`: the user.
 * `unimplemented`: pipes.
 */
export function processRecordOf(id: string, process: OciProcess, stdio: Stdio): ProcessRecord {
  const { args, cwd = "", env = [], terminal = false, user = {} } = process;
  if (!isTexts(args) || args.length === 0 || args[0] === "") {
    throw specError("process.args", "expected a list of texts without NUL, the program first");
  }
  if (!isText(cwd) || !cwd.startsWith("/")) throw specError("process.cwd", "expected an absolute path");
  if (!isTexts(env) || !env.every((entry) => entry.indexOf("=") > 0)) {
    throw specError("process.env", "expected a list of NAME=VALUE without NUL");
  }
  if (typeof terminal !== "boolean") throw specError("process.terminal", "expected a boolean");
  checkUser(user);
  if (stdio.kind === "pipes") {
    throw new OperationError(
      "unimplemented",
      { type: "process", id },
      "stdio of kind pipes: nothing here writes to one",
    );
  }
  const keepsOutput = stdio.kind === "log";
  return {
    ...{ id, args, env, cwd, terminal, keepsOutput, hasInput: keepsOutput && stdio.stdin === true, pid: 0 },
    ...{ status: "created", exit: null, memory: freshMemory(), wakeAt: null, awaitsInput: false },
    ...{ input: "", isInputClosed: false, ignored: [], pending: [], frames: 0 },
  };
}

/**
 * Returns `before` with what `resources` change.
 *
 * Throws `invalid-argument`: a limit that cannot be applied; the message names it.
 */
export function updatedLimits(resources: AnyValue, before: Limits): Limits {
  const read = resourcesFromAny(resources);
  checkResources(read);
  return limitsOf(read, before);
}

function limitsOf({ memory, pids }: OciResources, before: Limits): Limits {
  const limitOr = (limit: number | undefined, other: number | null) =>
    limit === undefined ? other : limit < 0 ? null : limit;
  return { memoryBytes: limitOr(memory?.limit, before.memoryBytes), pids: limitOr(pids?.limit, before.pids) };
}

/** The limits that are integers, by the object they are in (OCI runtime specification, config-linux.md). */
const integers: Readonly<Record<string, readonly string[]>> = {
  memory: ["limit", "reservation", "swap"],
  cpu: ["shares", "quota", "period"],
  pids: ["limit"],
};

function checkResources(resources: object): void {
  const all: Readonly<Record<string, unknown>> = { ...resources };
  for (const [name, limits] of Object.entries(integers)) {
    const group = all[name] ?? {};
    if (!isObject(group)) throw specError(`linux.resources.${name}`, "expected an object");
    for (const limit of limits) {
      if (!Number.isInteger(group[limit] ?? 0))
        throw specError(`linux.resources.${name}.${limit}`, "expected an integer");
    }
  }
}

function checkUser(user: unknown): void {
  if (!isObject(user)) throw specError("process.user", "expected an object");
  for (const name of ["uid", "gid"]) {
    const id = user[name] ?? 0;
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > idMax) {
      throw specError(`process.user.${name}`, `expected an integer from 0 to ${idMax}`);
    }
  }
  const username = String(user["username"] ?? "");
  if (!/^(?:root|\d+)?(?::(?:root|\d+))?$/.test(username)) {
    const detail = `there is no user ${JSON.stringify(username)}: a simulation has root and numbers only`;
    throw new OperationError("not-found", { type: "spec", id: "process.user.username" }, detail);
  }
}

/** The directory that a bind mount shows as the root; of what else there is, a simulation sees no files. */
function rootOf(rootfs: readonly Mount[]): string | null {
  let root: string | null = null;
  for (const { type, source, target } of rootfs) {
    if (type !== "bind") continue;
    if (lstatSync(source, { throwIfNoEntry: false }) === undefined) {
      throw new OperationError("not-found", { type: "mount", id: source }, "its source does not exist");
    }
    if (target === "") root = source;
  }
  return root;
}

function specError(property: string, detail: string): OperationError {
  return new OperationError("invalid-argument", { type: "spec", id: property }, detail);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
