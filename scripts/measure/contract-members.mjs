/**
 * Holds contracts (exported interfaces with a method; the others are plain values) to their documentation: every member
 * has a comment, every promise says how it rejects.
 */

/** `{ undocumentedMembers, promisesWithoutRejects }` of one parsed file. */
export function contractGaps(source) {
  const members = source.program.body.flatMap((statement) => {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : undefined;
    const own = declaration?.type === "TSInterfaceDeclaration" ? declaration.body.body : [];
    return own.some(({ type }) => type === "TSMethodSignature") ? own : [];
  });
  const commented = members.map((member) => ({ member, comment: commentBefore(source, member.start) }));
  const promises = commented.filter(({ member }) => returnsPromise(member));
  return {
    undocumentedMembers: commented.filter(({ comment }) => comment === undefined).length,
    promisesWithoutRejects: promises.filter(({ comment }) => !/\brejects?\b/i.test(comment ?? "")).length,
  };
}

/** The text of the doc comment that ends right before `offset`, or undefined. */
function commentBefore({ text, comments }, offset) {
  const comment = comments.findLast(({ end }) => end <= offset);
  if (comment === undefined || text.slice(comment.end, offset).trim() !== "") return undefined;
  return comment.type === "Block" && comment.value.startsWith("*") ? comment.value : undefined;
}

function returnsPromise({ type, returnType }) {
  return type === "TSMethodSignature" && returnType?.typeAnnotation.typeName?.name === "Promise";
}
