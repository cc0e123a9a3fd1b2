/** TypeScript sources as syntax trees. The compiler itself has no JavaScript API since version 7, so oxc parses. */
import { readFileSync } from "node:fs";
import { parseSync } from "oxc-parser";

/**
 * Parses one file: `{ file, text, program, comments, lineOf }`; `lineOf(offset)` counts from 1.
 *
 * Throws on a syntax error, with the file's name: figures about a file that nobody can read would be wrong.
 */
export function parseSource(file, text = readFileSync(file, "utf8")) {
  const { program, comments, errors } = parseSync(file, text);
  const first = errors.find(({ severity }) => severity === "Error");
  if (first !== undefined) throw new SyntaxError(`${file}: ${first.message}`);
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { file, text, program, comments, lineOf: (offset) => starts.findLastIndex((start) => start <= offset) + 1 };
}

/** Calls `visit(node, parent)` for every node, parents first. */
export function walk(node, visit, parent) {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") walk(child, visit, node);
    }
  }
}
