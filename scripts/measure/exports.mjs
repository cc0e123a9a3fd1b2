import path from "node:path";
import { parseSource } from "../source/parse.mjs";

/** How many names an entry file exports, those of its own `export *` files included. */
export function countExports(entry) {
  return parseSource(entry).program.body.reduce((total, statement) => total + namesIn(statement, entry), 0);
}

function namesIn(statement, file) {
  if (statement.type === "ExportDefaultDeclaration") return 1;
  if (statement.type === "ExportAllDeclaration") {
    const from = statement.source.value;
    const opensUp = statement.exported === null && from.startsWith(".");
    return opensUp ? countExports(path.resolve(path.dirname(file), from)) : 1;
  }
  if (statement.type !== "ExportNamedDeclaration") return 0;
  return statement.declaration?.declarations?.length ?? (statement.declaration ? 1 : statement.specifiers.length);
}
