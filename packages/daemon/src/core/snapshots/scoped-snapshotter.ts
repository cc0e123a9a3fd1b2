import {
  type CallOptions,
  isOperationError,
  type Mount,
  OperationError,
  type SnapshotFilter,
  type SnapshotInfo,
  type SnapshotOptions,
  type Snapshotter,
  type SnapshotterCapabilities,
  type SnapshotUpdate,
  type SnapshotUpdateOptions,
  type SnapshotUsage,
} from "@gantry/api";

/**
 * What one namespace sees of a snapshotter, which knows nothing of namespaces: every name is kept with the namespace in
 * front of it, and comes back without.
 */
export class ScopedSnapshotter implements Snapshotter {
  readonly #inner: Snapshotter;
  readonly #prefix: string;

  constructor(inner: Snapshotter, namespace: string) {
    this.#inner = inner;
    // A namespace cannot contain the separator.
    this.#prefix = `${namespace}/`;
  }

  get capabilities(): SnapshotterCapabilities {
    return this.#inner.capabilities;
  }

  prepare(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.#scoped(() => this.#inner.prepare(this.#in(key), this.#parent(parent), options));
  }

  view(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.#scoped(() => this.#inner.view(this.#in(key), this.#parent(parent), options));
  }

  mounts(key: string, options?: CallOptions): Promise<readonly Mount[]> {
    return this.#scoped(() => this.#inner.mounts(this.#in(key), options));
  }

  commit(name: string, key: string, options?: SnapshotOptions): Promise<void> {
    return this.#scoped(() => this.#inner.commit(this.#in(name), this.#in(key), options));
  }

  remove(name: string, options?: CallOptions): Promise<void> {
    return this.#scoped(() => this.#inner.remove(this.#in(name), options));
  }

  stat(name: string, options?: CallOptions): Promise<SnapshotInfo> {
    return this.#scoped(async () => this.#out(await this.#inner.stat(this.#in(name), options)));
  }

  update(name: string, change: SnapshotUpdate, options?: SnapshotUpdateOptions): Promise<SnapshotInfo> {
    return this.#scoped(async () => this.#out(await this.#inner.update(this.#in(name), change, options)));
  }

  usage(name: string, options?: CallOptions): Promise<SnapshotUsage> {
    return this.#scoped(() => this.#inner.usage(this.#in(name), options));
  }

  async *walk(filter: SnapshotFilter = {}): AsyncGenerator<SnapshotInfo, void, void> {
    const { parent, namePrefix = "", ...rest } = filter;
    const scoped = {
      ...rest,
      namePrefix: this.#in(namePrefix),
      ...(parent !== undefined && { parent: this.#parent(parent) }),
    };
    for await (const info of this.#inner.walk(scoped)) yield this.#out(info);
  }

  /**
   * Starts a view of a snapshot of the namespace under a key that is outside of every namespace, where nobody lists it.
   *
   * Rejects as `view` does.
   */
  viewAside(key: string, name: string): Promise<readonly Mount[]> {
    return this.#scoped(() => this.#inner.view(key, this.#in(name)));
  }

  /** Removes what {@link viewAside} has started. */
  removeAside(key: string): Promise<void> {
    return this.#inner.remove(key);
  }

  /** The inner one is closed by who opened it. */
  async close(): Promise<void> {}

  #in(name: string): string {
    return this.#prefix + name;
  }

  #parent(name: string | null): string | null {
    return name === null ? null : this.#in(name);
  }

  #out(info: SnapshotInfo): SnapshotInfo {
    const parent = info.parent === null ? null : info.parent.slice(this.#prefix.length);
    return { ...info, name: info.name.slice(this.#prefix.length), parent };
  }

  /** Errors name things as the caller does, too. */
  async #scoped<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isOperationError(error) || !error.subject.id.startsWith(this.#prefix)) throw error;
      const subject = { type: error.subject.type, id: error.subject.id.slice(this.#prefix.length) };
      const detail = error.detail.replaceAll(`"${this.#prefix}`, '"');
      throw new OperationError(error.kind, subject, detail, { cause: error, cleanup: error.cleanup });
    }
  }
}
