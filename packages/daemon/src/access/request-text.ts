/** Where requests name what they concern, the likeliest meaning first. */
const namePaths = [
  "container.id",
  "image.name",
  "namespace.name",
  "lease.id",
  "request.value.id",
  "id",
  "key",
  "name",
  "ref",
  "digest",
] as const;

/** Returns the text at a path of fields in a message, `""` if there is none. */
export function textAt(message: object, path: string): string {
  let value: unknown = message;
  for (const field of path.split(".")) {
    if (typeof value !== "object" || value === null) return "";
    value = Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
  }
  return typeof value === "string" ? value : "";
}

/** Returns the name of what a request concerns, with that of the exec if it names one; `""` if it names nothing. */
export function objectOf(message: object): string {
  const name = namePaths.map((path) => textAt(message, path)).find((text) => text !== "") ?? "";
  const exec = textAt(message, "execId") || textAt(message, "request.value.execId");
  return exec === "" ? name : `${name}/${exec}`;
}
