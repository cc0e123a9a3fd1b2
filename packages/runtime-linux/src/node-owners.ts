import { chmodSync, chownSync, statSync } from "node:fs";
import type { HostOwners } from "./host.ts";
import { hostError } from "./host-error.ts";

const otherMayPass = 0o001;
const root = 0;

/** {@link HostOwners} by Node's own calls. */
export const nodeOwners: HostOwners = {
  ownerOf: async (path) => guarded(`look at ${path}`, () => statSync(path).uid),
  letPass: async (directory, gid) =>
    guarded(`open ${directory}`, () => {
      // The mode comes second: in between it is open to fewer, not to more.
      if (gid !== null) chownSync(directory, root, gid);
      chmodSync(directory, gid === null ? 0o711 : 0o710);
    }),
  isPassable: async (directory) =>
    guarded(`look at ${directory}`, () => (statSync(directory).mode & otherMayPass) !== 0),
};

function guarded<T>(doing: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw hostError(error, doing);
  }
}
