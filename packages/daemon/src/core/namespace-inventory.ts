import type { CoreParts } from "./parts.ts";
import { ScopedSnapshotter } from "./snapshots/scoped-snapshotter.ts";

/** Returns what a namespace still has, each kind of thing as a word. */
export async function namespaceInventory(parts: CoreParts, namespace: string): Promise<readonly string[]> {
  const { tables, snapshotters, contents } = parts;
  const left: string[] = [];
  if (tables.containers.list(namespace).length > 0) left.push("containers");
  if (tables.images.list(namespace).length > 0) left.push("images");
  if (tables.leases.list(namespace).length > 0) left.push("leases");
  for (const snapshotter of snapshotters.ready().values()) {
    if (await hasAny(new ScopedSnapshotter(snapshotter, namespace).walk())) left.push("snapshots");
  }
  for (const { store } of contents.ready().values()) {
    const content = store.in(namespace);
    if (await hasAny(content.walk())) left.push("content");
    else if ((await content.ingests()).length > 0) left.push("ingests");
  }
  return [...new Set(left)];
}

async function hasAny(things: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _thing of things) return true;
  return false;
}
