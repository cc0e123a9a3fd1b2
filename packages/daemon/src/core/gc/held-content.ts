import { type CallOptions, isOperationError, OperationError } from "@gantry/api";
import type {
  Content,
  ContentCommitOptions,
  ContentInfo,
  ContentWriter,
  IngestInfo,
  ReadOptions,
  WriterOptions,
} from "@gantry/api/content";
import { contentObject } from "./gc-object.ts";
import type { Hold } from "./holds.ts";
import type { MadeUnder, Makings } from "./makings.ts";
import { isFound } from "./object-exists.ts";

/** For whom content is held. */
export interface HeldContentOptions {
  readonly namespace: string;
  readonly under: MadeUnder;
  readonly hold: Hold;
}

/**
 * Content as an import sees it: every blob that it makes or finds there is held until the import has come to its end, and
 * what it makes may be collected when nothing comes to refer to it.
 */
export class HeldContent implements Content {
  readonly #inner: Content;
  readonly #makings: Makings;
  readonly #options: HeldContentOptions;

  constructor(inner: Content, makings: Makings, options: HeldContentOptions) {
    this.#inner = inner;
    this.#makings = makings;
    this.#options = options;
  }

  async openWriter(ref: string, options: WriterOptions = {}): Promise<ContentWriter> {
    if (options.expectedDigest !== undefined) await this.#hold(options.expectedDigest);
    const writer = await this.#inner.openWriter(ref, options);
    return {
      status: () => writer.status(),
      write: (data, writeOptions) => writer.write(data, writeOptions),
      truncate: (sizeBytes) => writer.truncate(sizeBytes),
      close: () => writer.close(),
      commit: (commitOptions) => this.#commit(writer, commitOptions),
    };
  }

  async stat(digest: string, options?: CallOptions): Promise<ContentInfo> {
    await this.#hold(digest);
    return this.#inner.stat(digest, options);
  }

  read(digest: string, options?: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#inner.read(digest, options);
  }

  setLabels(digest: string, labels: ReadonlyMap<string, string>, options?: CallOptions): Promise<ContentInfo> {
    return this.#inner.setLabels(digest, labels, options);
  }

  delete(digest: string, options?: CallOptions): Promise<void> {
    const { namespace } = this.#options;
    return this.#makings.remove(namespace, contentObject(digest), () => this.#inner.delete(digest, options));
  }

  walk(options?: CallOptions): AsyncIterable<ContentInfo> {
    return this.#inner.walk(options);
  }

  ingests(options?: CallOptions): Promise<readonly IngestInfo[]> {
    return this.#inner.ingests(options);
  }

  readIngest(ref: string, options?: CallOptions): AsyncIterable<Uint8Array> {
    return this.#inner.readIngest(ref, options);
  }

  abort(ref: string, options?: CallOptions): Promise<void> {
    return this.#inner.abort(ref, options);
  }

  #hold(digest: string): Promise<void> {
    return this.#options.hold.add([contentObject(digest)]);
  }

  async #commit(writer: ContentWriter, options: ContentCommitOptions = {}): Promise<ContentInfo> {
    const { namespace, under } = this.#options;
    const { digest } = options;
    if (digest === undefined) return this.#commitUnknown(writer, options);
    await this.#hold(digest);
    const object = contentObject(digest);
    const making = { namespace, object, under, exists: () => isFound(this.#inner.stat(digest)) };
    return this.#makings.make(making, () => writer.commit(options));
  }

  /** Which blob it is only the commit tells; one that was there may be on its way out. */
  async #commitUnknown(writer: ContentWriter, options: ContentCommitOptions): Promise<ContentInfo> {
    const { namespace, under } = this.#options;
    try {
      const info = await writer.commit(options);
      await this.#hold(info.digest);
      this.#makings.adopt(namespace, contentObject(info.digest), under);
      return info;
    } catch (error) {
      if (!isOperationError(error, "already-exists")) throw error;
      const { id } = error.subject;
      await this.#hold(id);
      if (await isFound(this.#inner.stat(id))) throw error;
      const detail = "was collected while it was made anew; once more will make it";
      throw new OperationError("aborted", { type: "content", id }, detail, { cause: error });
    }
  }
}
