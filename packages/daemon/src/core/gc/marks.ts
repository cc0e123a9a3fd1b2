import { type GcObject, keyOf } from "./gc-object.ts";
import type { Reference } from "./label-references.ts";

/** Something that is kept for itself. */
export interface Root {
  readonly object: GcObject;
  readonly why: string;
}

/** How marking came to an object. */
export interface Reached {
  readonly object: GcObject;
  /** Why it is kept for itself, or by the one before. */
  readonly why: string;
  /** Key of the one before; `null` for a root. */
  readonly from: string | null;
}

/** Returns what an object keeps. */
export type ReferencesOf = (object: GcObject) => readonly Reference[];

/** What is reachable from roots, each on a shortest way as far as the roots were given at once. */
export class Marks {
  readonly #reached = new Map<string, Reached>();
  /** Keys of what was followed; what is reached by a flat reference alone was not. */
  readonly #followed = new Set<string>();

  has(object: GcObject): boolean {
    return this.#reached.has(keyOf(object));
  }

  /**
   * Marks `roots` and all that is reachable from them, besides what is marked already.
   *
   * @param breathe - awaited between steps
   */
  async spread(roots: Iterable<Root>, referencesOf: ReferencesOf, breathe: () => Promise<void>): Promise<void> {
    const ahead: GcObject[] = [];
    for (const { object, why } of roots) {
      this.#reach({ object, why, from: null });
      ahead.push(object);
    }
    // A list that grows while it is read: in the order of the distance from the roots.
    for (let index = 0; index < ahead.length; index += 1) {
      const object = ahead[index];
      if (object !== undefined) this.#follow(object, referencesOf(object), ahead);
      await breathe();
    }
  }

  /** The way from a root to the object, which is last; none if it is not marked. */
  pathTo(object: GcObject): readonly Reached[] {
    const path: Reached[] = [];
    for (let key: string | null = keyOf(object); key !== null; ) {
      const step: Reached | undefined = this.#reached.get(key);
      if (step === undefined) break;
      path.unshift(step);
      key = step.from;
    }
    return path;
  }

  #follow(object: GcObject, references: readonly Reference[], ahead: GcObject[]): void {
    const from = keyOf(object);
    if (this.#followed.has(from)) return;
    this.#followed.add(from);
    for (const { to, why, flat = false } of references) {
      this.#reach({ object: to, why, from });
      if (!flat && !this.#followed.has(keyOf(to))) ahead.push(to);
    }
  }

  #reach(reached: Reached): void {
    const key = keyOf(reached.object);
    if (!this.#reached.has(key)) this.#reached.set(key, reached);
  }
}
