import type { OciProcess } from "../spec/oci.ts";
import { requireProperty } from "./require-property.ts";

/**
 * Checks the form of what a spec says of a process: `args` with a program first, and `env` and `cwd` where they are given.
 *
 * Throws `invalid-argument`: a property has another form; the subject is the property, such as `process.args`.
 */
export function checkProcess({ args, env, cwd }: OciProcess): void {
  requireProperty("process.args", areTexts(args) && args[0], "expected a list of texts without NUL, the program first");
  const isEnv = env === undefined || (areTexts(env) && env.every((entry) => entry.indexOf("=") > 0));
  requireProperty("process.env", isEnv, "expected a list of NAME=VALUE without NUL");
  const isCwd = cwd === undefined || (areTexts([cwd]) && cwd.startsWith("/"));
  requireProperty("process.cwd", isCwd, "expected an absolute path");
}

function areTexts(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === "string" && !value.includes("\0"));
}
