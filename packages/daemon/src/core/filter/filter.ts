import { unreadableFilter } from "./filter-error.ts";
import { type Condition, parseConditions } from "./parse.ts";

/** Returns the value of a field of what is filtered, `undefined` where it has none. A path is its parts: `labels`, KEY. */
export type FieldReader = (path: readonly string[]) => string | undefined;

/** Whether something matches; made by {@link compileFilters}. */
export type Filter = (read: FieldReader) => boolean;

type Test = (read: FieldReader) => boolean;

/**
 * Compiles filters of the language that containers' clients know: `FIELD OPERATOR VALUE,...` where a comma means and;
 * several filters mean or; none means all.
 *
 * Regular expressions are those of RE2: their time is linear in the text, whoever wrote them.
 *
 * @param fields - the first parts of the paths that can be asked for
 *
 * Rejects with `invalid-argument`: a filter cannot be read; the message names the place
 */
export async function compileFilters(filters: readonly string[], fields: readonly string[]): Promise<Filter> {
  const alternatives = await Promise.all(filters.map((filter) => compileFilter(filter, fields)));
  return (read) => alternatives.length === 0 || alternatives.some((matches) => matches(read));
}

async function compileFilter(text: string, fields: readonly string[]): Promise<Test> {
  const conditions = parseConditions(text);
  for (const { path } of conditions) {
    if (!fields.includes(path[0] ?? "")) {
      throw unreadableFilter(text, `has no field ${JSON.stringify(path.join("."))}; fields are ${fields.join(", ")}`);
    }
  }
  const tests = await Promise.all(conditions.map((condition) => compileCondition(text, condition)));
  return (read) => tests.every((test) => test(read));
}

async function compileCondition(text: string, { path, operator, value }: Condition): Promise<Test> {
  switch (operator) {
    case "present":
      return (read) => (read(path) ?? "") !== "";
    case "==":
      return (read) => read(path) === value;
    case "!=":
      return (read) => read(path) !== value;
    case "~=": {
      const matches = await compilePattern(text, value);
      return (read) => matches(read(path) ?? "");
    }
  }
}

/** The engine is loaded with the first pattern; most daemons never see one. */
async function compilePattern(text: string, pattern: string): Promise<(value: string) => boolean> {
  const { RE2JS } = await import("@bufbuild/re2");
  try {
    const compiled = RE2JS.compile(pattern);
    return (value) => compiled.test(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadableFilter(text, `has a regular expression that cannot be read (${reason})`, cause);
  }
}
