import { checkIdentifier, checkLabels, OperationError } from "@gantry/api";
import type { NamespaceRecord, NamespaceTable } from "../store/namespace-table.ts";
import type { Store } from "../store/store.ts";
import type { EventLog } from "./events/event-log.ts";
import { applyMask } from "./field-mask.ts";

/** The namespace that always exists. */
const defaultNamespace = "default";

/** What {@link Namespaces} needs. */
export interface NamespacesOptions {
  readonly store: Store;
  readonly table: NamespaceTable;
  readonly events: EventLog;
  readonly now: () => Date;
}

/** Returns what a namespace still has, as words for a message. */
export type Inventory = (namespace: string) => Promise<readonly string[]>;

/** The tenants. */
export class Namespaces {
  readonly #store: Store;
  readonly #table: NamespaceTable;
  readonly #events: EventLog;
  readonly #now: () => Date;

  constructor({ store, table, events, now }: NamespacesOptions) {
    this.#store = store;
    this.#table = table;
    this.#events = events;
    this.#now = now;
    store.transaction(() => this.#insert(defaultNamespace, new Map()));
  }

  /** Makes a namespace where there is none. To be called inside of the transaction that makes something in it. */
  ensure(name: string): void {
    if (!this.#insert(name, new Map())) return;
    this.#events.append({ namespace: name, topic: "namespace.created", subject: name });
  }

  create(name: string, labels: ReadonlyMap<string, string>): NamespaceRecord {
    checkIdentifier("namespace", name);
    checkLabels({ type: "namespace", id: name }, labels);
    this.#store.transaction(() => {
      if (!this.#insert(name, labels)) {
        throw new OperationError(
          "already-exists",
          { type: "namespace", id: name },
          "there is a namespace of this name",
        );
      }
      this.#events.append({ namespace: name, topic: "namespace.created", subject: name });
    });
    return this.get(name);
  }

  get(name: string): NamespaceRecord {
    const record = this.#table.find(name);
    if (record !== undefined) return record;
    throw new OperationError("not-found", { type: "namespace", id: name }, "there is no such namespace");
  }

  list(): readonly NamespaceRecord[] {
    return this.#table.list();
  }

  /** @param paths - what to change, as {@link applyMask} reads it */
  update(name: string, labels: ReadonlyMap<string, string>, paths: readonly string[]): NamespaceRecord {
    const subject = { type: "namespace", id: name } as const;
    const present = this.get(name);
    const changed = applyMask(subject, { labels: present.labels }, { change: { labels }, paths }).labels;
    checkLabels(subject, changed);
    this.#store.transaction(() => {
      this.#table.setLabels(name, changed, this.#now());
      this.#events.append({ namespace: name, topic: "namespace.updated", subject: name });
    });
    return this.get(name);
  }

  /** Removes a namespace that has nothing, as `inventory` tells. */
  async delete(name: string, inventory: Inventory): Promise<void> {
    this.get(name);
    const refuse = (detail: string) =>
      new OperationError("failed-precondition", { type: "namespace", id: name }, detail);
    if (name === defaultNamespace) throw refuse("this namespace always exists");
    const left = await inventory(name);
    if (left.length > 0) throw refuse(`must be empty, has ${left.join(", ")}`);
    this.#store.transaction(() => {
      this.#table.delete(name);
      this.#events.append({ namespace: name, topic: "namespace.deleted", subject: name });
    });
  }

  #insert(name: string, labels: ReadonlyMap<string, string>): boolean {
    const now = this.#now();
    return this.#table.insert({ name, labels, createdAt: now, updatedAt: now });
  }
}
