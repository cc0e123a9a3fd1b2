import type { OciIdMapping, OciMount } from "./oci.ts";
import { specError } from "./spec-error.ts";

/** The user namespace of a container: which ids of the host its ids are. Ids in no range are nobody's in it. */
export interface UserNamespaceOptions {
  /** Ranges of user ids, one of which has 0, as root sets the container up. */
  readonly uidMappings: readonly OciIdMapping[];
  /** Ranges of group ids. Default: the same as of users. */
  readonly gidMappings?: readonly OciIdMapping[];
}

/** The last id; one more means none. */
const lastId = 4_294_967_294;

/** The ranges of both kinds, checked. Throws `invalid-argument`: one is none, or no range has 0. */
export function idMappingsOf(options: UserNamespaceOptions): {
  readonly uidMappings: readonly OciIdMapping[];
  readonly gidMappings: readonly OciIdMapping[];
} {
  const { uidMappings, gidMappings = uidMappings } = options;
  return {
    uidMappings: checkMappings(uidMappings, "userNamespace.uidMappings"),
    gidMappings: checkMappings(gidMappings, "userNamespace.gidMappings"),
  };
}

function checkMappings(mappings: readonly OciIdMapping[], property: string): readonly OciIdMapping[] {
  for (const [index, { containerID, hostID, size }] of mappings.entries()) {
    const isSound = [containerID, hostID, size].every((id) => Number.isInteger(id) && id >= 0 && id <= lastId);
    if (!isSound || size === 0 || Math.max(containerID, hostID) + size - 1 > lastId) {
      throw specError(`${property}[${index}]`, `expected a range of ids from 0 to ${lastId}, with one id at least`);
    }
  }
  if (!hasId(mappings, 0)) {
    throw specError(property, "expected a range with id 0: root sets the container up");
  }
  return mappings;
}

/**
 * The default mounts as a user namespace can have them: no group of terminals that it has no id for, and the host's own
 * /sys where the network is the host's, as the kernel shows a new one only to the owner of its network.
 */
export function mountInUserNamespace(
  mount: OciMount,
  container: { readonly gidMappings: readonly OciIdMapping[]; readonly hostNetwork: boolean },
): OciMount {
  if (mount.type === "devpts") {
    const options = (mount.options ?? []).filter((option) => {
      const [, gid] = /^gid=(\d+)$/.exec(option) ?? [];
      return gid === undefined || hasId(container.gidMappings, Number(gid));
    });
    return { ...mount, options };
  }
  if (mount.type === "sysfs" && container.hostNetwork) {
    return { ...mount, type: "bind", source: "/sys", options: ["rbind", ...(mount.options ?? [])] };
  }
  return mount;
}

function hasId(mappings: readonly OciIdMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id - containerID < size);
}
