import type { OperationError } from "@gantry/api";
import { unreadableFilter } from "./filter-error.ts";

/** One condition of a filter. */
export interface Condition {
  readonly path: readonly string[];
  /** `present`: the field must be there and not empty; it has no value then. */
  readonly operator: "present" | "==" | "!=" | "~=";
  readonly value: string;
}

/** A character that may stand in a field's name without quotes. */
const nameCharacter = /[A-Za-z0-9_-]/;
const operators = ["==", "!=", "~="] as const;

/** Reads `FIELD[.PART]... [OPERATOR VALUE], ...`; parts and values may be JSON strings. Blanks do not matter. */
export function parseConditions(text: string): readonly Condition[] {
  const reader = new Reader(text);
  const conditions: Condition[] = [];
  do {
    conditions.push(readCondition(reader));
  } while (reader.take(","));
  reader.expectEnd();
  return conditions;
}

function readCondition(reader: Reader): Condition {
  const path = [reader.name()];
  while (reader.take(".")) path.push(reader.name());
  const operator = operators.find((one) => reader.take(one));
  return operator === undefined ? { path, operator: "present", value: "" } : { path, operator, value: reader.value() };
}

/** Reads a text from its beginning to its end. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether `word` comes next; it is read then. */
  take(word: string): boolean {
    this.#skipBlanks();
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  name(): string {
    this.#skipBlanks();
    if (this.#text[this.#at] === '"') return this.#quoted();
    const name = this.#while((character) => nameCharacter.test(character));
    if (name === "") throw this.#expected("the name of a field");
    return name;
  }

  value(): string {
    this.#skipBlanks();
    if (this.#text[this.#at] === '"') return this.#quoted();
    return this.#while((character) => character !== ",").trimEnd();
  }

  expectEnd(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#expected('",", "==", "!=", "~=" or the end');
  }

  #skipBlanks(): void {
    this.#while((character) => character === " ");
  }

  #while(belongs: (character: string) => boolean): string {
    const from = this.#at;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || !belongs(character)) return this.#text.slice(from, this.#at);
      this.#at += 1;
    }
  }

  #quoted(): string {
    const from = this.#at;
    this.#at += 1;
    for (let character = this.#text[this.#at]; character !== '"'; character = this.#text[this.#at]) {
      if (character === undefined) throw this.#expected("a closing quote");
      this.#at += character === "\\" ? 2 : 1;
    }
    this.#at += 1;
    try {
      return String(JSON.parse(this.#text.slice(from, this.#at)));
    } catch {
      this.#at = from;
      throw this.#expected("a string in the notation of JSON");
    }
  }

  #expected(what: string): OperationError {
    return unreadableFilter(this.#text, `cannot be read at character ${this.#at + 1}: expected ${what}`);
  }
}
