import { getXattr, listXattrs, type XattrTarget } from "@gantry/sys/at";

/** What says that there is nothing: the file went away meanwhile, or its file system keeps no attributes. */
const nothing: ReadonlySet<string> = new Set(["ENOENT", "ENOTSUP", "EOPNOTSUPP"]);

/**
 * Whether the extended attributes of two files differ, by name or value. Access control lists and file capabilities are
 * such attributes. Symbolic links are not followed. A file that went away meanwhile counts as one without any.
 *
 * Throws a `SystemError`: a name or value cannot be read.
 */
export function differXattrs(before: XattrTarget, after: XattrTarget): boolean {
  const names = namesOf(before);
  const others = new Set(namesOf(after));
  if (names.length !== others.size || names.some((name) => !others.has(name))) return true;
  return names.some((name) => !sameValue(getXattr(before, name), getXattr(after, name)));
}

function namesOf(target: XattrTarget): readonly string[] {
  try {
    return listXattrs(target);
  } catch (error) {
    if (error instanceof Error && "errno" in error && nothing.has(String(error.errno))) return [];
    throw error;
  }
}

/** Neither has one where both were taken away after their names had been read. */
function sameValue(before: Buffer | null, after: Buffer | null): boolean {
  return before === null || after === null ? before === after : before.equals(after);
}
