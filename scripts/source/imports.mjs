/** What a source file imports, in whatever form the language has for it. */
import { walk } from "./parse.mjs";

/**
 * The imports of a parsed file in order: `{ specifier, line, dynamic, typeOnly }`. `dynamic` is true for `import()` and
 * other calls; `typeOnly` where nothing is loaded. A dynamic import of a computed name is left out: it names nothing.
 */
export function importsOf(source) {
  const found = [];
  walk(source.program, (node) => {
    const form = formOf(node);
    const specifier = form && stringOf(form.from);
    if (specifier === undefined) return;
    const { dynamic = false, typeOnly = false } = form;
    found.push({ specifier, line: source.lineOf(node.start), dynamic, typeOnly });
  });
  return found;
}

function formOf(node) {
  switch (node.type) {
    case "ImportDeclaration":
      return { from: node.source, typeOnly: isTypeOnly(node.importKind, node.specifiers, "importKind") };
    case "ExportNamedDeclaration":
      return { from: node.source, typeOnly: isTypeOnly(node.exportKind, node.specifiers, "exportKind") };
    case "ExportAllDeclaration":
      return { from: node.source, typeOnly: node.exportKind === "type" };
    case "ImportExpression":
      return { from: node.source, dynamic: true };
    case "TSImportType":
      return { from: node.source, typeOnly: true };
    case "TSExternalModuleReference":
      return { from: node.expression };
    case "CallExpression":
      return isLoadingCall(node.callee) ? { from: node.arguments[0], dynamic: true } : undefined;
    default:
      return undefined;
  }
}

/** `import { type A }` loads the module only if it has no names at all or one that is a value. */
function isTypeOnly(kind, specifiers, key) {
  if (kind === "type") return true;
  return specifiers.length > 0 && specifiers.every((specifier) => specifier[key] === "type");
}

/** `require("x")`, `import.meta.resolve("x")` */
function isLoadingCall(callee) {
  if (callee.type === "Identifier") return callee.name === "require";
  return (
    callee.type === "MemberExpression" && callee.object.type === "MetaProperty" && callee.property.name === "resolve"
  );
}

function stringOf(node) {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}
