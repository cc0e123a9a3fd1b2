/** The figures of one source file, from one walk over its syntax tree. */
import { walk } from "../source/parse.mjs";
import { contractGaps } from "./contract-members.mjs";

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const signatureTypes = new Set([
  "TSMethodSignature",
  "TSDeclareFunction",
  "TSFunctionType",
  "TSEmptyBodyFunctionExpression",
]);
const suppression = /biome-ignore|@ts-ignore|@ts-expect-error|@ts-nocheck|eslint-disable/;

/** Counts of one parsed file, and the length of each of its functions in lines. */
export function shapeOf(source) {
  const shape = { functionLines: [], over3Parameters: 0, any: 0, nonNull: 0, as: 0, defaultExports: 0, bareErrors: 0 };
  walk(source.program, (node) => countNode(node, shape, source));
  return { ...shape, ...lineFigures(source), ...contractGaps(source) };
}

function countNode(node, shape, source) {
  const hasParameters = functionTypes.has(node.type) || signatureTypes.has(node.type);
  if (hasParameters && node.params.filter(({ name }) => name !== "this").length > 3) shape.over3Parameters += 1;
  if (functionTypes.has(node.type)) {
    shape.functionLines.push(source.lineOf(node.end) - source.lineOf(node.start) + 1);
  } else if (node.type === "TSAnyKeyword") shape.any += 1;
  else if (node.type === "TSNonNullExpression" || node.definite === true) shape.nonNull += 1;
  else if (node.type === "TSTypeAssertion" || isAs(node)) shape.as += 1;
  else if (node.type === "ExportDefaultDeclaration") shape.defaultExports += 1;
  else if (node.type === "ThrowStatement" && isBareError(node.argument)) shape.bareErrors += 1;
}

/** `as const` narrows what is there; every other `as` claims what the compiler cannot see. */
function isAs({ type, typeAnnotation }) {
  if (type !== "TSAsExpression") return false;
  return !(typeAnnotation.type === "TSTypeReference" && typeAnnotation.typeName.name === "const");
}

function isBareError({ type, callee }) {
  return type === "NewExpression" && callee.name === "Error";
}

function lineFigures({ text, comments, lineOf }) {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const commented = new Set();
  let bare = text;
  for (const { start, end } of comments) {
    for (let line = lineOf(start); line <= lineOf(end - 1); line += 1) commented.add(line);
    bare = bare.slice(0, start) + bare.slice(start, end).replaceAll(/[^\n]/g, " ") + bare.slice(end);
  }
  return {
    lines: lines.length,
    codeLines: bare.split("\n").filter((line) => line.trim() !== "").length,
    commentLines: commented.size,
    suppressions: comments.filter(({ value }) => suppression.test(value)).length,
  };
}
