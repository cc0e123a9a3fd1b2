import { isOperationError, OperationError } from "@gantry/api";
import type { Content, ContentCommitOptions, ContentInfo, ContentWriter, WriterOptions } from "@gantry/api/content";
import type { ContentSubsystem } from "@gantry/api/plugin";
import { contentObject, type GcObject } from "../gc/gc-object.ts";
import { labelReferences } from "../gc/label-references.ts";
import type { MadeUnder } from "../gc/makings.ts";
import { isFound } from "../gc/object-exists.ts";
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
  /** Absent: an ingest that this begins is made by hand. */
  readonly under?: MadeUnder | undefined;
}

/** Options of {@link Contents.commit}. */
export interface CommitOptions extends ContentCommitOptions {
  /** Absent: the blob is made by hand. */
  readonly under?: MadeUnder | undefined;
}

type IngestPiece = Omit<ContentPiece, "offsetBytes" | "data">;

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

  /** How many of them have work that has not ended. */
  get busy(): number {
    return this.#queue.size;
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
  commit(namespace: string, ref: string, { under, ...options }: CommitOptions): Promise<ContentInfo> {
    return this.#queue.run(keyOf({ namespace, ref }), async () => {
      await this.#requireIngest(namespace, ref);
      const ingest = await this.#ingest({ namespace, ref });
      // Where the blob was there already, the ingest is ended all the same.
      const commit = () =>
        this.#commit(ingest.writer, namespace, { under, ...options }).catch((error: unknown) => {
          if (isOperationError(error, "already-exists")) return error;
          throw error;
        });
      try {
        const made = await this.#parts.makings.remove(namespace, ingestObject(ref), commit);
        if (isOperationError(made)) {
          await this.#keepFound(namespace, made.subject.id, under);
          throw made;
        }
        this.#announce("content.committed", namespace, made.digest);
        return made;
      } finally {
        await this.#close(keyOf({ namespace, ref }));
      }
    });
  }

  /** Replaces all labels of a blob, which may come to refer to something. */
  async setLabels(namespace: string, digest: string, labels: ReadonlyMap<string, string>): Promise<ContentInfo> {
    const referred = labelReferences(labels).keeps.map(({ to }) => to);
    using _hold = await this.#parts.makings.holds.hold(namespace, [contentObject(digest), ...referred]);
    return await this.in(namespace).setLabels(digest, labels);
  }

  abort(namespace: string, ref: string): Promise<void> {
    const abort = () => this.in(namespace).abort(ref);
    return this.withoutWriter(namespace, ref, () => this.#parts.makings.remove(namespace, ingestObject(ref), abort));
  }

  async delete(namespace: string, digest: string): Promise<void> {
    const remove = () => this.in(namespace).delete(digest);
    await this.#parts.makings.remove(namespace, contentObject(digest), remove);
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

  async #ingest(piece: IngestPiece): Promise<OpenIngest> {
    const key = keyOf(piece);
    let ingest = this.#open.get(key);
    if (ingest === undefined) {
      const { totalBytes, expectedDigest } = piece;
      const options = { ...(totalBytes !== undefined && { totalBytes }), ...(expectedDigest && { expectedDigest }) };
      const writer = await this.#openWriter(piece, options);
      const { offsetBytes } = await writer.status();
      ingest = { writer, offsetBytes, timer: undefined };
      this.#open.set(key, ingest);
    }
    clearTimeout(ingest.timer);
    ingest.timer = setTimeout(() => void this.#queue.run(key, () => this.#close(key)), idleMs);
    ingest.timer.unref();
    return ingest;
  }

  #openWriter({ namespace, ref, under }: IngestPiece, options: WriterOptions): Promise<ContentWriter> {
    const making = { namespace, object: ingestObject(ref), under, exists: () => this.#hasIngest(namespace, ref) };
    return this.#parts.makings.make(making, () => this.in(namespace).openWriter(ref, options));
  }

  /** Which blob it is only the commit tells, if the caller does not. */
  async #commit(writer: ContentWriter, namespace: string, { under, ...options }: CommitOptions): Promise<ContentInfo> {
    const { makings } = this.#parts;
    const { digest } = options;
    if (digest !== undefined) {
      const exists = () => isFound(this.in(namespace).stat(digest));
      return makings.make({ namespace, object: contentObject(digest), under, exists }, () => writer.commit(options));
    }
    const info = await writer.commit(options);
    if (under !== undefined) makings.adopt(namespace, contentObject(info.digest), under);
    return info;
  }

  /** A blob that was there is as good as one that was made: it comes under the lease, or stays for ever. */
  async #keepFound(namespace: string, digest: string, under: MadeUnder | undefined): Promise<void> {
    const object = contentObject(digest);
    using _hold = await this.#parts.makings.holds.hold(namespace, [object]);
    if (await isFound(this.in(namespace).stat(digest))) {
      if (under === undefined) this.#parts.makings.disown(namespace, object);
      else this.#parts.makings.keep(namespace, object, under);
      return;
    }
    throw new OperationError("aborted", { type: "content", id: digest }, "was collected while it was made anew");
  }

  async #hasIngest(namespace: string, ref: string): Promise<boolean> {
    return (await this.in(namespace).ingests()).some((ingest) => ingest.ref === ref);
  }

  /** A commit must not make an ingest, which opening a writer would. */
  async #requireIngest(namespace: string, ref: string): Promise<void> {
    if (this.#open.has(keyOf({ namespace, ref }))) return;
    if (await this.#hasIngest(namespace, ref)) return;
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

function ingestObject(ref: string): GcObject {
  return { type: "ingest", id: ref };
}

/** A namespace cannot contain the separator. */
function keyOf({ namespace, ref }: { readonly namespace: string; readonly ref: string }): string {
  return `${namespace}/${ref}`;
}
