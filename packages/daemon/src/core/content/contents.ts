import { isOperationError, OperationError } from "@gantry/api";
import type { Content, ContentCommitOptions, ContentInfo, ContentWriter } from "@gantry/api/content";
import type { ContentSubsystem } from "@gantry/api/plugin";
import { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";

/** How long an ingest stays open behind a write, for the next one: opening one reads what is there. */
const idleMs = 5_000;

/** A piece of content to write. */
export interface ContentPiece {
  readonly namespace: string;
  readonly ref: string;
  /** Where `data` begins within the whole. */
  readonly offsetBytes: bigint;
  readonly data: Uint8Array;
  readonly totalBytes?: bigint;
  readonly expectedDigest?: string;
}

interface OpenIngest {
  readonly writer: ContentWriter;
  offsetBytes: bigint;
  timer: NodeJS.Timeout | undefined;
}

/** Content as calls see it that come one by one: writers are kept open between them. */
export class Contents {
  readonly #parts: CoreParts;
  readonly #open = new Map<string, OpenIngest>();
  readonly #queue = new KeyedQueue();

  constructor(parts: CoreParts) {
    this.#parts = parts;
  }

  /** Throws `not-found`: this daemon has no content store. */
  subsystem(): ContentSubsystem {
    return this.#parts.contents.get("").plugin;
  }

  /** Returns the content of a namespace. */
  in(namespace: string): Content {
    return this.subsystem().store.in(namespace);
  }

  /** Appends what is not there yet of a piece; returns how many bytes there are now. */
  write(piece: ContentPiece, signal: AbortSignal): Promise<bigint> {
    return this.#queue.run(keyOf(piece), async () => {
      signal.throwIfAborted();
      const ingest = await this.#ingest(piece);
      const gap = piece.offsetBytes - ingest.offsetBytes;
      if (gap > 0n) {
        const detail = `has ${ingest.offsetBytes} bytes, cannot be written at ${piece.offsetBytes}`;
        throw new OperationError("out-of-range", { type: "ingest", id: piece.ref }, detail);
      }
      const fresh = piece.data.subarray(Number(-gap < BigInt(piece.data.length) ? -gap : BigInt(piece.data.length)));
      if (fresh.length > 0) await ingest.writer.write(fresh);
      ingest.offsetBytes += BigInt(fresh.length);
      return ingest.offsetBytes;
    });
  }

  /** Makes a blob of an ingest. */
  commit(namespace: string, ref: string, options: ContentCommitOptions): Promise<ContentInfo> {
    return this.#queue.run(keyOf({ namespace, ref }), async () => {
      await this.#requireIngest(namespace, ref);
      const ingest = await this.#ingest({ namespace, ref });
      try {
        const info = await ingest.writer.commit(options);
        this.#announce("content.committed", namespace, info.digest);
        return info;
      } finally {
        await this.#close(keyOf({ namespace, ref }));
      }
    });
  }

  abort(namespace: string, ref: string): Promise<void> {
    return this.withoutWriter(namespace, ref, () => this.in(namespace).abort(ref));
  }

  async delete(namespace: string, digest: string): Promise<void> {
    await this.in(namespace).delete(digest);
    this.#announce("content.deleted", namespace, digest);
  }

  /** Runs `work` while no call writes to an ingest. */
  withoutWriter<T>(namespace: string, ref: string, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(keyOf({ namespace, ref }), async () => {
      await this.#close(keyOf({ namespace, ref }));
      return work();
    });
  }

  /** Closes what is open; what was written stays for the next writer. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#open.keys()].map((key) => this.#close(key)));
  }

  async #ingest(piece: Omit<ContentPiece, "offsetBytes" | "data">): Promise<OpenIngest> {
    const key = keyOf(piece);
    let ingest = this.#open.get(key);
    if (ingest === undefined) {
      const { totalBytes, expectedDigest } = piece;
      const options = { ...(totalBytes !== undefined && { totalBytes }), ...(expectedDigest && { expectedDigest }) };
      const writer = await this.in(piece.namespace).openWriter(piece.ref, options);
      const { offsetBytes } = await writer.status();
      ingest = { writer, offsetBytes, timer: undefined };
      this.#open.set(key, ingest);
    }
    clearTimeout(ingest.timer);
    ingest.timer = setTimeout(() => void this.#queue.run(key, () => this.#close(key)), idleMs);
    ingest.timer.unref();
    return ingest;
  }

  /** A commit must not make an ingest, which opening a writer would. */
  async #requireIngest(namespace: string, ref: string): Promise<void> {
    if (this.#open.has(keyOf({ namespace, ref }))) return;
    const ingests = await this.in(namespace).ingests();
    if (ingests.some((ingest) => ingest.ref === ref)) return;
    throw new OperationError("not-found", { type: "ingest", id: ref }, "there is no such ingest");
  }

  async #close(key: string): Promise<void> {
    const ingest = this.#open.get(key);
    this.#open.delete(key);
    clearTimeout(ingest?.timer);
    try {
      await ingest?.writer.close();
    } catch (error) {
      if (!isOperationError(error, "not-found")) this.#parts.log.warn({ err: error }, "a writer cannot be closed");
    }
  }

  #announce(topic: "content.committed" | "content.deleted", namespace: string, digest: string): void {
    const { store, namespaces, events } = this.#parts;
    store.transaction(() => {
      namespaces.ensure(namespace);
      events.append({ namespace, topic, subject: digest });
    });
  }
}

/** A namespace cannot contain the separator. */
function keyOf({ namespace, ref }: { readonly namespace: string; readonly ref: string }): string {
  return `${namespace}/${ref}`;
}
