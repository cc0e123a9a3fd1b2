import { type ErrorKind, type Mount, OperationError, type Subject } from "@gantry/api";
import { mountAll, SystemError, unmountAll } from "@gantry/sys";
import type { HostMounts } from "./host.ts";
import { errnoOf, hostError } from "./host-error.ts";

/** What the errnos of mount(2) mean to the one who asked for the mount. */
const mountKinds: Readonly<Record<string, ErrorKind>> = {
  ENOENT: "not-found",
  EINVAL: "invalid-argument",
  ENODEV: "invalid-argument",
  ENOTBLK: "invalid-argument",
  ENOTDIR: "invalid-argument",
  ELOOP: "invalid-argument",
  ENAMETOOLONG: "invalid-argument",
  E2BIG: "invalid-argument",
  EXDEV: "invalid-argument",
  EBUSY: "failed-precondition",
};

/** {@link HostMounts} by `@gantry/sys`. */
export const nodeMounts: HostMounts = {
  async mount(mounts, target, signal) {
    try {
      await mountAll(mounts, target, signal === undefined ? {} : { signal });
    } catch (error) {
      throw mountError(error, mounts);
    }
  },
  async mountWithOwners(mounts, target, { idMap, signal }) {
    try {
      await mountAll(mounts, target, { idMap, signal });
    } catch (error) {
      throw ownersError(error, mounts) ?? mountError(error, mounts);
    }
  },
  async unmount(target) {
    try {
      await unmountAll(target);
    } catch (error) {
      throw hostError(error, `unmount ${target}`);
    }
  },
};

/**
 * What the kernel or the file system cannot do, and another one could, is told from a mount that is wrong. The mounts
 * themselves are sound: they were performed before, without other owners.
 */
function ownersError(error: unknown, mounts: readonly Mount[]): OperationError | null {
  const errno = errnoOf(error);
  if (!(error instanceof SystemError) || (errno !== "EINVAL" && errno !== "ENOSYS" && errno !== "EOVERFLOW")) {
    return null;
  }
  const detail = `cannot be shown with the owners of a user namespace, which needs idmapped mounts: ${error.message}`;
  const { cleanup } = error;
  return new OperationError("unimplemented", mountSubject(mounts), detail, { cause: error, cleanup });
}

function mountSubject(mounts: readonly Mount[]): Subject {
  const [only] = mounts;
  const id = mounts.length === 1 && only !== undefined ? only.source : mounts.map(({ source }) => source).join(", ");
  return { type: "mount", id: id.slice(0, 512) };
}

/** Which of several mounts failed is in the system's own words: `mount overlay on "..."`. */
function mountError(error: unknown, mounts: readonly Mount[]): unknown {
  const errno = errnoOf(error);
  if (errno === null) {
    return error;
  }
  const kind = new Map(Object.entries(mountKinds)).get(errno);
  const cleanup = error instanceof SystemError ? error.cleanup : [];
  const subject = mountSubject(mounts);
  if (kind === undefined) {
    return hostError(error, "perform", { subject });
  }
  const reason = error instanceof Error ? error.message : errno;
  return new OperationError(kind, subject, reason, { cause: error, cleanup });
}
