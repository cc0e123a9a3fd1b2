import { isOperationError } from "@gantry/api";
import type { CoreParts } from "../parts.ts";
import { ScopedSnapshotter } from "../snapshots/scoped-snapshotter.ts";
import { type GcObject, snapshotterOf } from "./gc-object.ts";

/** What looking for objects needs. */
export type ObjectPlaces = Pick<CoreParts, "contents" | "snapshotters" | "tables">;

/** Whether an object is there; `undefined` where what would have it is not ready, or nothing has such objects. */
export async function objectExists(
  places: ObjectPlaces,
  namespace: string,
  object: GcObject,
): Promise<boolean | undefined> {
  const { tables } = places;
  const snapshotter = snapshotterOf(object);
  if (snapshotter !== undefined) {
    const plugin = places.snapshotters.ready().get(snapshotter);
    return plugin && isFound(new ScopedSnapshotter(plugin, namespace).stat(object.id));
  }
  const [content] = [...places.contents.ready().values()].map(({ store }) => store.in(namespace));
  switch (object.type) {
    case "content":
      return content && isFound(content.stat(object.id));
    case "ingest":
      return content && (await content.ingests()).some(({ ref }) => ref === object.id);
    case "image":
      return tables.images.find(namespace, object.id) !== undefined;
    case "container":
      return tables.containers.find(namespace, object.id) !== undefined;
    case "lease":
      return tables.leases.find(namespace, object.id) !== undefined;
    default:
      return undefined;
  }
}

/** Whether looking for something found it. Rejects as `look` does for every other reason. */
export async function isFound(look: Promise<unknown>): Promise<boolean> {
  try {
    await look;
    return true;
  } catch (error) {
    if (isOperationError(error, "not-found")) return false;
    throw error;
  }
}
