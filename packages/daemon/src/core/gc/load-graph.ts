import { isOperationError, type SnapshotInfo } from "@gantry/api";
import type { ContentInfo } from "@gantry/api/content";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { ImageRecord } from "../../store/image-table.ts";
import type { LeaseRecord } from "../../store/lease-table.ts";
import { type ImageNeeds, needsOf } from "../images/image-needs.ts";
import type { CoreParts } from "../parts.ts";
import { ScopedSnapshotter } from "../snapshots/scoped-snapshotter.ts";
import { contentObject, type GcObject, keyOf, snapshotObject, snapshotterOf } from "./gc-object.ts";
import { gcLabel, labelReferences } from "./label-references.ts";
import { type GcNode, ObjectGraph } from "./object-graph.ts";

/** Of which namespace, and how. */
export interface GraphOptions {
  readonly namespace: string;
  /** The leases that have not ended. */
  readonly leases: readonly LeaseRecord[];
  /** Awaited between steps. */
  readonly breathe: () => Promise<void>;
}

/** Reads what a namespace has, and what keeps what. Rejects where that cannot be known for sure. */
export class GraphLoader {
  readonly #parts: CoreParts;
  readonly #options: GraphOptions;
  readonly #collectables: ReadonlySet<string>;

  constructor(parts: CoreParts, options: GraphOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#collectables = new Set(parts.tables.collectables.list(options.namespace).map(keyOf));
  }

  /** Reads everything. */
  async load(): Promise<ObjectGraph> {
    const graph = new ObjectGraph();
    const { namespace, leases, breathe } = this.#options;
    const { tables } = this.#parts;
    for (const lease of leases) graph.put(this.#lease(lease));
    for (const container of tables.containers.list(namespace)) graph.put(containerNode(container));
    for (const image of tables.images.list(namespace)) {
      graph.put(await this.#image(image));
      await breathe();
    }
    await this.#loadContent(graph);
    for (const [id, plugin] of this.#parts.snapshotters.ready()) {
      for await (const info of new ScopedSnapshotter(plugin, namespace).walk()) {
        graph.put(this.#snapshot(id, info));
        await breathe();
      }
    }
    return graph;
  }

  /** Reads anew what is known of one object; nothing if it is gone. */
  async reload(graph: ObjectGraph, object: GcObject): Promise<void> {
    const node = await this.#find(object).catch((error: unknown) => {
      if (isOperationError(error, "not-found")) return undefined;
      throw error;
    });
    if (node !== undefined) graph.put(node);
  }

  async #loadContent(graph: ObjectGraph): Promise<void> {
    const { namespace, breathe } = this.#options;
    for (const { store } of this.#parts.contents.ready().values()) {
      for await (const info of store.in(namespace).walk()) {
        graph.put(this.#content(info));
        await breathe();
      }
      for (const { ref } of await store.in(namespace).ingests()) graph.put(this.#ingest(ref));
    }
  }

  async #find(object: GcObject): Promise<GcNode | undefined> {
    const { tables, snapshotters, contents } = this.#parts;
    const { namespace, leases } = this.#options;
    const snapshotter = snapshotterOf(object);
    if (snapshotter !== undefined) {
      const plugin = snapshotters.ready().get(snapshotter);
      return plugin && this.#snapshot(snapshotter, await new ScopedSnapshotter(plugin, namespace).stat(object.id));
    }
    const record = { image: tables.images, container: tables.containers };
    switch (object.type) {
      case "content":
        return this.#content(await contents.get("").plugin.store.in(namespace).stat(object.id));
      case "image": {
        const image = record.image.find(namespace, object.id);
        return image && this.#image(image);
      }
      case "container": {
        const container = record.container.find(namespace, object.id);
        return container && containerNode(container);
      }
      case "lease": {
        const lease = leases.find(({ id }) => id === object.id);
        return lease && this.#lease(lease);
      }
      default:
        return undefined;
    }
  }

  #lease({ namespace, id, labels, expiresAt }: LeaseRecord): GcNode {
    const flat = gcLabel(labels, "flat") !== undefined;
    const resources = this.#parts.tables.leases.resources(namespace, id);
    const root = expiresAt === null ? "a lease" : `a lease until ${expiresAt.toISOString()}`;
    const keeps = resources.map((to) => ({ to, why: "in the lease", flat }));
    return { object: { type: "lease", id }, root, keeps: [...keeps, ...labelReferences(labels).keeps] };
  }

  async #image({ namespace, name, target, labels }: ImageRecord): Promise<GcNode> {
    const needs = await this.#needsOf(namespace, target);
    const digests = [...needs.digests].map((digest) => ({ to: contentObject(digest), why: "content of the image" }));
    const snapshotters = [...this.#parts.snapshotters.ready().keys()];
    const layers = needs.chains.flat().flatMap((layer) => {
      return snapshotters.map((id) => ({ to: snapshotObject(id, layer), why: "a layer of the image" }));
    });
    const keeps = [...digests, ...layers, ...labelReferences(labels).keeps];
    return { object: { type: "image", id: name }, root: "an image", keeps };
  }

  /** A document that cannot be an image's refers to nothing; where it cannot be read, nobody knows what it refers to. */
  async #needsOf(namespace: string, target: ImageRecord["target"]): Promise<ImageNeeds> {
    try {
      const { store, images } = this.#parts.contents.get("").plugin;
      return await needsOf(images, store.in(namespace), [target]);
    } catch (error) {
      if (!isOperationError(error, "invalid-argument")) throw error;
      return { digests: new Set([target.digest]), chains: [] };
    }
  }

  #content({ digest, labels }: ContentInfo): GcNode {
    return this.#labelled(contentObject(digest), labels);
  }

  #ingest(ref: string): GcNode {
    return this.#labelled({ type: "ingest", id: ref }, new Map());
  }

  #snapshot(snapshotter: string, { name, parent, labels }: SnapshotInfo): GcNode {
    const node = this.#labelled(snapshotObject(snapshotter, name), labels);
    if (parent === null) return node;
    const below = { to: snapshotObject(snapshotter, parent), why: "its parent" };
    return { ...node, keeps: [below, ...node.keeps] };
  }

  #labelled(object: GcObject, labels: ReadonlyMap<string, string>): GcNode {
    const { root, keeps, keptBy } = labelReferences(labels);
    const byHand = this.#collectables.has(keyOf(object)) ? null : "made without a lease";
    return { object, root: root === null ? byHand : `label ${root}`, keeps, keptBy };
  }
}

function containerNode({ id, snapshotter, snapshotKey, labels }: ContainerRecord): GcNode {
  const snapshot = { to: snapshotObject(snapshotter, snapshotKey), why: "the root file system of the container" };
  const keeps = [...(snapshotKey === "" ? [] : [snapshot]), ...labelReferences(labels).keeps];
  return { object: { type: "container", id }, root: "a container", keeps };
}
