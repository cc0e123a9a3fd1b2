import type { Descriptor } from "@gantry/api/content";
import { dateOf, mapOf, mapToText, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** A name that points at content. */
export interface ImageRecord {
  readonly namespace: string;
  readonly name: string;
  readonly target: Descriptor;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The images, as rows. */
export class ImageTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  insert({ namespace, name, target, labels, createdAt, updatedAt }: ImageRecord): void {
    this.#store
      .prepare("INSERT INTO images (namespace, name, target, labels, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)")
      .run(namespace, name, descriptorToText(target), mapToText(labels), createdAt.getTime(), updatedAt.getTime());
  }

  /** Points an image elsewhere. */
  setTarget({ namespace, name, target, updatedAt }: ImageRecord): void {
    this.#store
      .prepare("UPDATE images SET target = ?, updated_at = max(updated_at, ?) WHERE namespace = ? AND name = ?")
      .run(descriptorToText(target), updatedAt.getTime(), namespace, name);
  }

  find(namespace: string, name: string): ImageRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM images WHERE namespace = ? AND name = ?").get(namespace, name);
    return row && imageFrom(row);
  }

  /** Ordered by name. */
  list(namespace: string): readonly ImageRecord[] {
    return this.#store.prepare("SELECT * FROM images WHERE namespace = ? ORDER BY name").all(namespace).map(imageFrom);
  }

  delete(namespace: string, name: string): void {
    this.#store.prepare("DELETE FROM images WHERE namespace = ? AND name = ?").run(namespace, name);
  }
}

function imageFrom(row: Row): ImageRecord {
  return {
    namespace: textOf(row, "namespace"),
    name: textOf(row, "name"),
    target: descriptorFromText(textOf(row, "target")),
    labels: mapOf(row, "labels"),
    createdAt: dateOf(row, "created_at"),
    updatedAt: dateOf(row, "updated_at"),
  };
}

function descriptorToText({ annotations, sizeBytes, ...rest }: Descriptor): string {
  const map = annotations && Object.fromEntries(annotations);
  return JSON.stringify({ ...rest, sizeBytes: `${sizeBytes}`, ...(map && { annotations: map }) });
}

function descriptorFromText(text: string): Descriptor {
  const { sizeBytes, annotations, ...rest } = JSON.parse(text);
  return {
    ...rest,
    sizeBytes: BigInt(sizeBytes),
    ...(annotations && { annotations: new Map<string, string>(Object.entries(annotations)) }),
  };
}
