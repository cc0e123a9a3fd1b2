import { type GcObject, keyOf } from "./gc-object.ts";

/** Keeps objects from being collected while a call works with them; made by {@link Holds.hold}. */
export interface Hold extends Disposable {
  /** Adds objects. Resolves when none of them is being removed any more, so that who looks then sees what stays. */
  add(objects: readonly GcObject[]): Promise<void>;
}

/** What a collection sees of the holds, from its beginning to its end. */
export interface Cycle extends Disposable {
  /** Returns what came to be held or touched since the last time, the first time all that is held. */
  takeNew(): readonly GcObject[];
  /** Whether {@link takeNew} would return anything. */
  readonly hasNew: boolean;
}

/**
 * Lets calls and collections go side by side: who begins to rely on an object holds it first, looks whether it is there
 * then, and lets go when something durable refers to it. A collection takes all that was held since its beginning as if
 * it were referred to, asked anew before each removal.
 */
export class Holds {
  readonly #held = new Map<string, { readonly object: GcObject; count: number }>();
  readonly #cycles = new Map<string, Set<Map<string, GcObject>>>();
  readonly #removals = new Map<string, Promise<void>>();

  /** Holds objects of a namespace until the hold is disposed of. */
  async hold(namespace: string, objects: readonly GcObject[]): Promise<Hold> {
    const held: GcObject[] = [];
    const hold: Hold = {
      add: async (more) => {
        for (const object of more) {
          held.push(object);
          this.#begin(namespace, object);
        }
        await Promise.all(more.map((object) => this.#removals.get(scoped(namespace, object))));
      },
      [Symbol.dispose]: () => {
        for (const object of held.splice(0)) this.#end(namespace, object);
      },
    };
    await hold.add(objects);
    return hold;
  }

  /** Lets the collections that are under way spare an object, and what it refers to. */
  touch(namespace: string, object: GcObject): void {
    for (const fresh of this.#cycles.get(namespace) ?? []) fresh.set(keyOf(object), object);
  }

  /** To be called before a collection looks at anything. */
  beginCycle(namespace: string): Cycle {
    const prefix = `${namespace}/`;
    const fresh = new Map<string, GcObject>();
    for (const [key, { object }] of this.#held) {
      if (key.startsWith(prefix)) fresh.set(keyOf(object), object);
    }
    const cycles = this.#cycles.get(namespace) ?? new Set();
    this.#cycles.set(namespace, cycles.add(fresh));
    return {
      takeNew: () => {
        const taken = [...fresh.values()];
        fresh.clear();
        return taken;
      },
      get hasNew() {
        return fresh.size > 0;
      },
      [Symbol.dispose]: () => {
        cycles.delete(fresh);
        if (cycles.size === 0) this.#cycles.delete(namespace);
      },
    };
  }

  /** Runs the removal of an object, for which those wait who begin to hold it. */
  async removing<T>(namespace: string, object: GcObject, remove: () => Promise<T>): Promise<T> {
    const key = scoped(namespace, object);
    const removal = remove();
    this.#removals.set(
      key,
      removal.then(
        () => undefined,
        () => undefined,
      ),
    );
    try {
      return await removal;
    } finally {
      this.#removals.delete(key);
    }
  }

  #begin(namespace: string, object: GcObject): void {
    const key = scoped(namespace, object);
    const held = this.#held.get(key) ?? { object, count: 0 };
    held.count += 1;
    this.#held.set(key, held);
    this.touch(namespace, object);
  }

  #end(namespace: string, object: GcObject): void {
    const key = scoped(namespace, object);
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.count -= 1;
    if (held.count === 0) this.#held.delete(key);
  }
}

/** A namespace cannot contain the separator. */
function scoped(namespace: string, object: GcObject): string {
  return `${namespace}/${keyOf(object)}`;
}
