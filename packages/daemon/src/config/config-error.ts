import { isOperationError, OperationError, type OperationErrorOptions } from "@gantry/api";

/** Where something stands in a file of the configuration; line and column begin at 1. */
export interface ConfigPlace {
  readonly path: string;
  /** `undefined` where it is not known. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

const places = new WeakMap<Error, { readonly place: ConfigPlace; readonly what: string }>();

/** Makes the `invalid-argument` of what is wrong with a file of the configuration: its message names the place. */
export function configError(place: ConfigPlace, what: string, options?: OperationErrorOptions): OperationError {
  const { path, line, column } = place;
  // Where no key is to blame, the parser knows the very letter.
  const at = line === undefined ? "" : options === undefined ? `line ${line}: ` : `line ${line}, column ${column}: `;
  const error = new OperationError("invalid-argument", { type: "daemon", id: path }, `${at}${what}`, options);
  places.set(error, { place, what });
  return error;
}

/** An error as compilers write it, which editors can follow: `FILE:LINE:COLUMN: what is wrong`. */
export function describeConfigError(error: unknown): string | undefined {
  if (!isOperationError(error)) return undefined;
  const found = places.get(error);
  if (found === undefined) return `gantryd: ${error.message}`;
  const { path, line = 1, column = 1 } = found.place;
  return `${path}:${line}:${column}: ${found.what}`;
}
