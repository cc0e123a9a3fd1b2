import path from "node:path";
import { parseSource } from "../source/parse.mjs";

/**
 * The names that an entry file exports, sorted; those of its own `export *` files included. A generated file stands for
 * itself, as in "* from ../gen/x_pb.ts": its protos are what is reviewed.
 */
export function listExports(entry) {
  return parseSource(entry)
    .program.body.flatMap((statement) => namesIn(statement, entry))
    .sort();
}

function namesIn(statement, file) {
  if (statement.type === "ExportDefaultDeclaration") return ["default"];
  if (statement.type === "ExportAllDeclaration") return namesOfAll(statement, file);
  if (statement.type !== "ExportNamedDeclaration") return [];
  const { declaration, specifiers } = statement;
  if (!declaration) return specifiers.map(({ exported }) => exported.name ?? exported.value);
  const declared = declaration.declarations ?? [declaration];
  return declared.map(({ id }) => id.name);
}

function namesOfAll({ source, exported }, file) {
  const from = source.value;
  if (exported !== null) return [exported.name];
  const isOurs = from.startsWith(".") && !from.includes("/gen/");
  return isOurs ? listExports(path.resolve(path.dirname(file), from)) : [`* from ${from}`];
}
