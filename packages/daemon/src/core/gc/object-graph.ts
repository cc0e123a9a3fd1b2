import { type GcObject, keyOf } from "./gc-object.ts";
import type { Reference } from "./label-references.ts";
import type { Marks, Root } from "./marks.ts";

/** An object as garbage collection sees it. */
export interface GcNode {
  readonly object: GcObject;
  /** Why it is kept for itself; `null` if it is not. */
  readonly root: string | null;
  readonly keeps: readonly Reference[];
  /** What it is kept by, if that is kept. */
  readonly keptBy?: readonly Reference[];
}

/** The objects of a namespace, and what keeps what. */
export class ObjectGraph {
  readonly #nodes = new Map<string, GcNode>();
  /** References that objects state of others, by the key of the other. */
  readonly #stated = new Map<string, Reference[]>();

  /** Adds an object, or replaces what was known of it. */
  put(node: GcNode): void {
    this.#nodes.set(keyOf(node.object), node);
    for (const { to, why } of node.keptBy ?? []) {
      const stated = this.#stated.get(keyOf(to)) ?? [];
      this.#stated.set(keyOf(to), [...stated, { to: node.object, why }]);
    }
  }

  has(object: GcObject): boolean {
    return this.#nodes.has(keyOf(object));
  }

  get size(): number {
    return this.#nodes.size;
  }

  readonly referencesOf = (object: GcObject): readonly Reference[] => {
    const key = keyOf(object);
    const keeps = this.#nodes.get(key)?.keeps ?? [];
    const stated = this.#stated.get(key);
    return stated === undefined ? keeps : [...keeps, ...stated];
  };

  /** What is kept for itself. */
  roots(): readonly Root[] {
    return [...this.#nodes.values()].flatMap(({ object, root }) => (root === null ? [] : [{ object, why: root }]));
  }

  /** What is not marked. */
  unmarked(marks: Marks): readonly GcObject[] {
    return [...this.#nodes.values()].flatMap(({ object }) => (marks.has(object) ? [] : [object]));
  }
}
