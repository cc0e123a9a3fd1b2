/** A JSON object; names from outside are only ever own properties of it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What ECMAScript adds for numbers that a double cannot hold; Node has it since 21, TypeScript has no types for it yet. */
interface RawJson {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

/** Only a number of 16 digits or more can lose one, so that most documents need no second look. */
const longNumber = /\d{16}/;
const integer = /^-?\d+$/;
const raw = JSON as unknown as RawJson;

/**
 * Parses JSON so that {@link writeJson} writes the same integers again, also those beyond 2^53: a resource limit of
 * 18446744073709551615 ("infinity") is common in specs, and as a double it would become a number that no runtime takes.
 *
 * Throws `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) {
    return JSON.parse(text);
  }
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    const isLost =
      typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && integer.test(source);
    return isLost ? raw.rawJSON(source) : value;
  });
}

/** Writes what {@link parseJson} read, or parts of it. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Whether `value` is an integer, also one that a double does not hold. */
export function isInteger(value: unknown): boolean {
  return Number.isInteger(value) || raw.isRawJSON(value);
}

/** Whether `value` is a JSON object, neither `null` nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
