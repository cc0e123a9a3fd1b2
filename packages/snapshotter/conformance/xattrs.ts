import type { XattrAccess } from "@gantry/api/testing";
import { SystemError } from "@gantry/sys";
import { getXattr, setXattr } from "@gantry/sys/at";

/** Errors of setxattr(2) that say that no attribute of this kind can be had, on this file system or by this process. */
const impossible: ReadonlySet<string> = new Set(["EOPNOTSUPP", "EPERM"]);

/** What the cases about extended attributes work with. */
export const xattrs: XattrAccess = {
  async set(path, name, value) {
    try {
      setXattr(path, name, value);
      return true;
    } catch (error) {
      if (error instanceof SystemError && impossible.has(error.errno)) {
        return false;
      }
      throw error;
    }
  },
  get: async (path, name) => getXattr(path, name),
};
