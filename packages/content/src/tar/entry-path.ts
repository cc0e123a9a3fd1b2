import type { Subject } from "@gantry/api";
import { type ByteString, shownName } from "./byte-string.ts";
import { invalidEntry } from "./tar-entry.ts";

/**
 * The components of a name in an archive, as a path below the root: `/a/./b/../c` and `a/c` are the same. Empty for the
 * root itself.
 *
 * Throws `invalid-argument`: the name is empty, or climbs above the root.
 *
 * @param entry - the entry that the name belongs to, for the message
 */
export function componentsOf(subject: Subject, name: ByteString, entry: ByteString = name): readonly ByteString[] {
  if (name === "") throw invalidEntry(subject, entry, "a name must not be empty");
  const components: ByteString[] = [];
  for (const component of name.split("/")) {
    if (component === "" || component === ".") continue;
    if (component !== "..") components.push(component);
    else if (components.pop() === undefined) {
      throw invalidEntry(subject, entry, `the path ${shownName(name)} leaves the root through ".."`);
    }
  }
  return components;
}
