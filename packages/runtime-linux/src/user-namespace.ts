import { isObject, type JsonObject } from "./lossless-json.ts";
import { specError } from "./spec-error.ts";

/** A range of ids: `containerID` + n inside is `hostID` + n on the host (config-linux.md, "User namespace mappings"). */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** The user namespace that a container gets of its own. */
export interface UserNamespace {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/** The last id; 4,294,967,295 means none (`(uid_t) -1`). */
const lastId = 4_294_967_294;
/** What the kernel takes of a map since Linux 4.15 (user_namespaces(7)). */
const maxRanges = 340;

/**
 * Reads the user namespace of the Linux section; `null` where the container gets none of its own: it has that of the
 * host, or joins one whose `path` the spec names, and then its root file system is shown as it is.
 *
 * Throws `invalid-argument`: the mappings are no list of ranges, two of them overlap, or there is no id for root.
 */
export function readUserNamespace(linux: JsonObject): UserNamespace | null {
  const namespaces = linux["namespaces"];
  const isOwn = (entry: unknown) => isObject(entry) && entry["type"] === "user" && !entry["path"];
  if (!Array.isArray(namespaces) || !namespaces.some(isOwn)) {
    return null;
  }
  return { uids: readMappings(linux, "uidMappings"), gids: readMappings(linux, "gidMappings") };
}

/** The id on the host of `id` in the container; `null` if there is none. */
export function hostIdOf(mappings: readonly IdMapping[], id: number): number | null {
  const range = mappings.find(({ containerID, size }) => id >= containerID && id - containerID < size);
  return range === undefined ? null : range.hostID + (id - range.containerID);
}

/** Whether an id of the host is one in the container. */
export function hasHostId(mappings: readonly IdMapping[], id: number): boolean {
  return mappings.some(({ hostID, size }) => id >= hostID && id - hostID < size);
}

function readMappings(linux: JsonObject, name: string): readonly IdMapping[] {
  const property = `linux.${name}`;
  const list = linux[name];
  if (!Array.isArray(list) || list.length === 0 || list.length > maxRanges) {
    throw specError(property, `expected 1 to ${maxRanges} ranges of ids, as there is a user namespace`);
  }
  const mappings = list.map((entry, index) => readMapping(entry, `${property}[${index}]`));
  for (const key of ["containerID", "hostID"] as const) {
    const sorted = mappings.toSorted((one, other) => one[key] - other[key]);
    const ends = [0, ...sorted.map((range) => range[key] + range.size)];
    if (sorted.some((range, index) => range[key] < (ends[index] ?? 0))) {
      throw specError(property, `expected ranges that do not overlap in ${key}`);
    }
  }
  if (hostIdOf(mappings, 0) === null) {
    throw specError(property, "expected an id for root of the container, which sets it up");
  }
  return mappings;
}

function readMapping(entry: unknown, property: string): IdMapping {
  if (!isObject(entry)) {
    throw specError(property, "expected an object");
  }
  const { containerID, hostID, size } = entry;
  if (!isId(containerID) || !isId(hostID) || !isId(size) || size === 0) {
    throw specError(property, `expected containerID, hostID and size, whole numbers up to ${lastId}, size 1 at least`);
  }
  if (Math.max(containerID, hostID) + size - 1 > lastId) {
    throw specError(property, `goes beyond the last id, ${lastId}`);
  }
  return { containerID, hostID, size };
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= lastId;
}
