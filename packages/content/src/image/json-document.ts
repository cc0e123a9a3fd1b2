import { OperationError, type Subject } from "@gantry/api";
import { isDigest } from "../digest.ts";

/** Documents of images nest four or five deep. */
const maxDepth = 64;
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * A value of a JSON document that came from outside, read with a check at each step.
 *
 * All methods throw `invalid-argument`, naming the document and the path in it, where something else is found.
 */
export class JsonValue {
  readonly #value: unknown;
  readonly #subject: Subject;
  readonly #path: string;

  constructor(value: unknown, subject: Subject, path = "") {
    this.#value = value;
    this.#subject = subject;
    this.#path = path;
  }

  /** The property `key` of an object, or `undefined` if it has none or `null`. */
  optional(key: string): JsonValue | undefined {
    const value = this.#object().get(key);
    if (value === undefined || value === null) return undefined;
    return new JsonValue(value, this.#subject, `${this.#path}.${key}`);
  }

  /** The property `key` of an object. */
  property(key: string): JsonValue {
    const value = this.optional(key);
    if (value === undefined) throw this.refuse(`has no ${key}`);
    return value;
  }

  text(): string {
    return typeof this.#value === "string" ? this.#value : this.#mistyped("a string");
  }

  /** A text that has the form of a digest. */
  digest(): string {
    const text = this.text();
    return isDigest(text) ? text : this.#mistyped("a sha256 or sha512 digest");
  }

  /** A whole number, not negative, that JSON's doubles hold exactly. */
  size(): bigint {
    const value = this.#value;
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? BigInt(value)
      : this.#mistyped("a whole number of bytes");
  }

  list(maxLength: number): readonly JsonValue[] {
    if (!Array.isArray(this.#value)) return this.#mistyped("a list");
    if (this.#value.length > maxLength)
      throw this.refuse(`has ${this.#value.length} elements, at most ${maxLength} are allowed`);
    return this.#value.map(
      (element: unknown, index) => new JsonValue(element, this.#subject, `${this.#path}[${index}]`),
    );
  }

  /** An object whose values are texts. */
  textMap(): ReadonlyMap<string, string> {
    const map = new Map<string, string>();
    for (const [key, value] of this.#object()) {
      map.set(key, typeof value === "string" ? value : this.#mistyped("an object of strings"));
    }
    return map;
  }

  /** The error for a value that breaks a rule. */
  refuse(rule: string): OperationError {
    const place = this.#path === "" ? "the document" : this.#path.replace(/^\./, "");
    return new OperationError("invalid-argument", this.#subject, `${place} ${rule}`);
  }

  #object(): ReadonlyMap<string, unknown> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.#mistyped("an object");
    return new Map(Object.entries(value));
  }

  #mistyped(expected: string): never {
    throw this.refuse(`must be ${expected}`);
  }
}

/**
 * Parses a JSON document that came from outside.
 *
 * Throws `invalid-argument`: it is not UTF-8 or not JSON, nests too deep, or an object has a key twice, of which two
 * readers could take different ones.
 */
export function parseJsonDocument(bytes: Uint8Array, subject: Subject): JsonValue {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const fault = structuralFault(text);
    if (fault === undefined) return new JsonValue(value, subject);
    throw new OperationError("invalid-argument", subject, fault);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError("invalid-argument", subject, "is not a JSON document in UTF-8", { cause: error });
  }
}

/** What JSON.parse lets pass. The text is known to be JSON, so that its tokens alone tell where keys are. */
function structuralFault(text: string): string | undefined {
  // For each open object the keys so far, for each open list nothing.
  const open: (Set<string> | undefined)[] = [];
  let before = "";
  for (const [token] of text.matchAll(tokenPattern)) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token !== "," && (before === "{" || before === ",")) {
      const keys = open.at(-1);
      const key: unknown = keys === undefined ? undefined : JSON.parse(token);
      if (typeof key === "string" && keys?.has(key))
        return `has the key ${JSON.stringify(key.slice(0, 64))} twice in one object`;
      if (typeof key === "string") keys?.add(key);
    }
    if (open.length > maxDepth) return `nests more than ${maxDepth} levels deep`;
    before = token;
  }
  return undefined;
}
