import { getXattr, listXattrs, type XattrTarget } from "@gantry/sys/at";

const unsupported: ReadonlySet<string> = new Set(["ENOTSUP", "EOPNOTSUPP"]);

/**
 * Whether the extended attributes of two files differ, by name or value. Access control lists and file capabilities are
 * such attributes. Symbolic links are not followed. A file that went away meanwhile counts as one without any; where one
 * of the file systems cannot show any, nothing is known, and nothing differs: zfs-fuse shows none of a read-only dataset.
 *
 * Throws a `SystemError`: a name or value cannot be read.
 */
export function differXattrs(before: XattrTarget, after: XattrTarget): boolean {
  const names = namesOf(before);
  const others = namesOf(after);
  if (names === undefined || others === undefined) return false;
  if (names.length !== others.length || names.some((name) => !others.includes(name))) return true;
  return names.some((name) => !sameValue(getXattr(before, name), getXattr(after, name)));
}

/** `undefined` where the file system cannot say. */
function namesOf(target: XattrTarget): readonly string[] | undefined {
  try {
    return listXattrs(target);
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? String(error.errno) : "";
    if (errno === "ENOENT") return [];
    if (unsupported.has(errno)) return undefined;
    throw error;
  }
}

/** Neither has one where both were taken away after their names had been read. */
function sameValue(before: Buffer | null, after: Buffer | null): boolean {
  return before === null || after === null ? before === after : before.equals(after);
}
