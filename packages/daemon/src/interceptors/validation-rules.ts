import type { DescMessage } from "@bufbuild/protobuf";

/** Number of protovalidate's extension of the options of messages, fields and oneofs (buf/validate/validate.proto). */
const rulesExtension = 1159;

const known = new Map<DescMessage, boolean>();

/** Whether messages of this type, or of a type inside it, have rules at all; looked up once per type. */
export function carriesRules(schema: DescMessage): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  const carries = search(schema, new Set());
  known.set(schema, carries);
  return carries;
}

function search(schema: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const own = [schema, ...schema.fields, ...schema.oneofs].some((part) => hasRules(part.proto.options));
  return own || schema.fields.some((field) => field.message !== undefined && search(field.message, seen));
}

function hasRules(
  options: { readonly $unknown?: readonly { readonly no: number }[] | undefined } | undefined,
): boolean {
  return options?.$unknown?.some(({ no }) => no === rulesExtension) ?? false;
}
