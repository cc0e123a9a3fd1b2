import type { Subject } from "@gantry/api";

/** Something that keeps, or is kept, within one namespace. */
export interface GcObject {
  /** `content`, `ingest`, `image`, `container`, `lease`, or `snapshot/SNAPSHOTTER`. */
  readonly type: string;
  readonly id: string;
}

const snapshotPrefix = "snapshot/";

/** Returns a key for maps over the objects of a namespace; no type has a blank. */
export function keyOf({ type, id }: GcObject): string {
  return `${type} ${id}`;
}

/** A blob by its digest. */
export function contentObject(digest: string): GcObject {
  return { type: "content", id: digest };
}

/** A snapshot by its key or name. */
export function snapshotObject(snapshotter: string, name: string): GcObject {
  return { type: snapshotPrefix + snapshotter, id: name };
}

/** The snapshotter of an object; `undefined` if it is no snapshot. */
export function snapshotterOf({ type }: GcObject): string | undefined {
  return type.startsWith(snapshotPrefix) ? type.slice(snapshotPrefix.length) : undefined;
}

/** The object as the subject of an error. */
export function subjectOf(object: GcObject): Subject {
  const { type, id } = object;
  if (snapshotterOf(object) !== undefined) return { type: "snapshot", id };
  switch (type) {
    case "content":
    case "ingest":
    case "image":
    case "container":
    case "lease":
      return { type, id };
    default:
      return { type: "request", id: `${type}:${id}` };
  }
}
