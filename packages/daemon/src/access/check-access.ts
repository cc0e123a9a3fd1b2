import { OperationError } from "@gantry/api";
import type { Caller } from "./caller.ts";
import type { MethodRule } from "./method-rules.ts";
import { textAt } from "./request-text.ts";
import { type Grant, isAtLeast } from "./role.ts";

/** What a caller wants. */
export interface WantedCall {
  /** `SERVICE/METHOD`. */
  readonly method: string;
  /** `undefined`: a method that nobody has thought about, which nobody may call. */
  readonly rule: MethodRule | undefined;
  /** As the request's header names it. */
  readonly namespace: string;
  /** The only message of a call that does not stream. */
  readonly message: object;
}

/**
 * Lets a caller make a call or not, by the table of methods and what the caller was given.
 *
 * Throws
 * - `unauthenticated`: the caller has shown nothing
 * - `permission-denied`: a role or a namespace is missing, and the message says which; never whether a namespace exists
 */
export function checkAccess({ grant }: Caller, wanted: WantedCall): void {
  const { method, rule } = wanted;
  const refuse = (detail: string) => new OperationError("permission-denied", { type: "request", id: method }, detail);
  if (rule === undefined) throw refuse("no role allows this method");
  if (rule.role === null) return;
  if (grant === null) throw unauthenticated(method, "needs a token or a client certificate");
  if (!isAtLeast(grant.role, rule.role)) throw refuse(`needs the role ${rule.role}, the caller has ${grant.role}`);
  const missing = missingNamespace(grant, rule, wanted);
  if (missing !== undefined) throw refuse(missing);
}

/** An error that says that nobody knows who calls. */
export function unauthenticated(method: string, detail: string): OperationError {
  return new OperationError("unauthenticated", { type: "request", id: method }, detail);
}

/** Whether a grant is for everything there is in a namespace. */
export function includesNamespace({ namespaces }: Grant, name: string): boolean {
  return namespaces === "all" || namespaces.has(name);
}

function missingNamespace(grant: Grant, { concerns }: MethodRule, wanted: WantedCall): string | undefined {
  if (grant.namespaces === "all" || concerns === "nothing") return undefined;
  if (concerns === "daemon") return "needs the role in all namespaces, since it concerns them all";
  const name = concerns === "namespace" ? wanted.namespace : textAt(wanted.message, concerns.field);
  return grant.namespaces.has(name) ? undefined : `the caller has no role in namespace ${JSON.stringify(name)}`;
}
