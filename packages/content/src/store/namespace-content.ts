import type { FileHandle } from "node:fs/promises";
import { type CallOptions, checkLabels, OperationError, type Subject } from "@gantry/api";
import type { Content, ContentInfo, ContentWriter, IngestInfo, ReadOptions, WriterOptions } from "@gantry/api/content";
import { parseDigest } from "../digest.ts";
import { lostBytes } from "./blob-files.ts";
import type { IngestRecord } from "./content-records.ts";
import { IngestWriter, type VerifiedBlob } from "./ingest-writer.ts";
import type { StoreParts } from "./store-parts.ts";

const pieceBytes = 256 * 1024;
/** How many records one step of a walk reads: few enough that a step is short, many enough that steps are few. */
const pageRecords = 256;
const refMaxBytes = 1024;

/** What one namespace sees of a store on the local disk. */
export class NamespaceContent implements Content {
  readonly #namespace: string;
  readonly #parts: StoreParts;

  constructor(namespace: string, parts: StoreParts) {
    this.#namespace = namespace;
    this.#parts = parts;
  }

  async openWriter(ref: string, options: WriterOptions = {}): Promise<ContentWriter> {
    this.#begin(options);
    checkRef(ref);
    const { expectedDigest = null, totalBytes = null } = options;
    if (expectedDigest !== null) {
      parseDigest(expectedDigest);
      if (this.#parts.records.info(this.#namespace, expectedDigest) !== undefined) throw alreadyExists(expectedDigest);
    }
    this.#claim(ref);
    try {
      const record = this.#parts.records.startIngest(this.#namespace, ref, totalBytes, expectedDigest);
      const writer = await this.#writerOf(record);
      this.#parts.openRefs.set(this.#refKey(ref), writer);
      return writer;
    } catch (error) {
      this.#parts.openRefs.delete(this.#refKey(ref));
      throw error;
    }
  }

  async stat(digest: string, options?: CallOptions): Promise<ContentInfo> {
    this.#begin(options);
    return this.#known(digest);
  }

  async *read(digest: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    this.#begin(options);
    const { sizeBytes } = this.#known(digest);
    const from = options.offsetBytes ?? 0n;
    if (from < 0n || from > sizeBytes) {
      throw new OperationError(
        "out-of-range",
        subjectOf(digest),
        `has ${sizeBytes} bytes, cannot be read from ${from} on`,
      );
    }
    const rest = sizeBytes - from;
    const length = options.lengthBytes === undefined || options.lengthBytes > rest ? rest : options.lengthBytes;
    const file = await this.#parts.files.openBlob(digest);
    if (file === undefined) throw lostBytes(subjectOf(digest), "its bytes are missing");
    try {
      yield* piecesOf(file, subjectOf(digest), { from, length, signal: options.signal });
    } finally {
      await file.close();
    }
  }

  async setLabels(digest: string, labels: ReadonlyMap<string, string>, options?: CallOptions): Promise<ContentInfo> {
    this.#begin(options);
    this.#known(digest);
    this.#parts.records.setLabels(this.#namespace, digest, checkLabels(subjectOf(digest), labels));
    return this.#known(digest);
  }

  async delete(digest: string, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#parts.perDigest.run(digest, async () => {
      this.#known(digest);
      // The record goes first: a file without a record is found at the next open, a record without a file is damage.
      if (this.#parts.records.removeBlob(this.#namespace, digest)) await this.#parts.files.removeBlob(digest);
    });
  }

  async *walk(options?: CallOptions): AsyncGenerator<ContentInfo, void, void> {
    for (let last = ""; ; ) {
      this.#begin(options);
      const page = this.#parts.records.infosAfter(this.#namespace, last, pageRecords);
      yield* page;
      const end = page.at(-1);
      if (end === undefined) return;
      last = end.digest;
    }
  }

  async ingests(options?: CallOptions): Promise<readonly IngestInfo[]> {
    this.#begin(options);
    const records = this.#parts.records.ingests(this.#namespace);
    return Promise.all(records.map((record) => this.#ingestInfo(record)));
  }

  async *readIngest(ref: string, options?: CallOptions): AsyncGenerator<Uint8Array, void, void> {
    this.#begin(options);
    const record = this.#knownIngest(ref);
    this.#claim(ref);
    try {
      const file = await this.#parts.files.openIngest(record.id);
      try {
        const { sizeBytes } = await this.#parts.files.ingestProgress(record.id);
        yield* piecesOf(file, { type: "ingest", id: ref }, { from: 0n, length: sizeBytes, signal: options?.signal });
      } finally {
        await file.close();
      }
    } finally {
      this.#parts.openRefs.delete(this.#refKey(ref));
    }
  }

  async abort(ref: string, options?: CallOptions): Promise<void> {
    this.#begin(options);
    const record = this.#knownIngest(ref);
    this.#claim(ref);
    try {
      await this.#endIngest(record);
    } finally {
      this.#parts.openRefs.delete(this.#refKey(ref));
    }
  }

  #begin(options: CallOptions | undefined): void {
    if (this.#parts.closed) {
      throw new OperationError(
        "failed-precondition",
        { type: "content", id: this.#parts.root },
        "the content store is closed",
      );
    }
    options?.signal?.throwIfAborted();
  }

  #known(digest: string): ContentInfo {
    parseDigest(digest);
    const info = this.#parts.records.info(this.#namespace, digest);
    if (info !== undefined) return info;
    throw new OperationError("not-found", subjectOf(digest), `namespace ${this.#namespace} has no such blob`);
  }

  #knownIngest(ref: string): IngestRecord {
    const record = this.#parts.records.ingest(this.#namespace, ref);
    if (record !== undefined) return record;
    throw new OperationError("not-found", { type: "ingest", id: ref }, "there is no such ingest");
  }

  /** Makes this call the only one that deals with the ingest. */
  #claim(ref: string): void {
    const key = this.#refKey(ref);
    if (this.#parts.openRefs.has(key)) {
      throw new OperationError("unavailable", { type: "ingest", id: ref }, "another writer has it open");
    }
    this.#parts.openRefs.set(key, null);
  }

  #refKey(ref: string): string {
    // A namespace cannot contain the separator.
    return `${this.#namespace}/${ref}`;
  }

  async #writerOf(record: IngestRecord): Promise<ContentWriter> {
    const { files, threads, openRefs } = this.#parts;
    const data = await files.openIngest(record.id);
    try {
      const { sizeBytes } = await files.ingestProgress(record.id);
      const host = {
        threads,
        dataPath: files.ingestData(record.id),
        info: () => this.#ingestInfo(record),
        commit: (file: FileHandle, blob: VerifiedBlob) => this.#commit(record, file, blob),
        released: () => void openRefs.delete(this.#refKey(record.ref)),
      };
      return new IngestWriter(host, record, data, sizeBytes);
    } catch (error) {
      await data.close();
      throw error;
    }
  }

  async #ingestInfo(record: IngestRecord): Promise<IngestInfo> {
    const { sizeBytes, writtenAt } = await this.#parts.files.ingestProgress(record.id);
    const { ref, totalBytes, expectedDigest, startedAt } = record;
    const updatedAt = writtenAt === null || writtenAt < startedAt ? startedAt : writtenAt;
    return { ref, offsetBytes: sizeBytes, totalBytes, expectedDigest, startedAt, updatedAt };
  }

  /** Serialised per digest, so that a blob is not taken away between the look at it and the record that relies on it. */
  #commit(record: IngestRecord, data: FileHandle, blob: VerifiedBlob): Promise<ContentInfo> {
    return this.#parts.perDigest.run(blob.digest, async () => {
      const { records, files } = this.#parts;
      if (records.info(this.#namespace, blob.digest) !== undefined) {
        await this.#endIngest(record);
        throw alreadyExists(blob.digest);
      }
      // The bytes are always put in place, even where another namespace has them: they have just been verified, and
      // replace what may have been damaged since.
      await files.publish(record.id, data, blob.digest);
      const info = await this.#record(record, blob);
      await files.removeIngest(record.id);
      return info;
    });
  }

  async #record(record: IngestRecord, blob: VerifiedBlob): Promise<ContentInfo> {
    const { records, files } = this.#parts;
    const isShared = records.sizeOf(blob.digest) !== undefined;
    try {
      return records.addBlob({ ...blob, namespace: this.#namespace, ingest: record.id });
    } catch (error) {
      // A blob that others see stays; otherwise the bytes go back, to be resumed or aborted.
      if (!isShared) await files.unpublish(record.id, blob.digest);
      throw error;
    }
  }

  async #endIngest(record: IngestRecord): Promise<void> {
    this.#parts.records.removeIngest(record.id);
    await this.#parts.files.removeIngest(record.id);
  }
}

async function* piecesOf(
  file: FileHandle,
  subject: Subject,
  range: { readonly from: bigint; readonly length: bigint; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, void> {
  let left = range.length;
  for (let position = range.from; left > 0n; ) {
    range.signal?.throwIfAborted();
    const piece = Buffer.allocUnsafe(left < BigInt(pieceBytes) ? Number(left) : pieceBytes);
    const { bytesRead } = await file.read(piece, 0, piece.length, Number(position));
    if (bytesRead === 0) throw lostBytes(subject, `its file ends ${left} bytes too early`);
    position += BigInt(bytesRead);
    left -= BigInt(bytesRead);
    yield piece.subarray(0, bytesRead);
  }
}

function checkRef(ref: string): void {
  const bytes = Buffer.byteLength(ref);
  // SQLite would store a lone surrogate as another character, and two refs could become one.
  if (bytes >= 1 && bytes <= refMaxBytes && !ref.includes("\0") && ref.isWellFormed()) return;
  const rule = `a ref must be 1 to ${refMaxBytes} bytes of UTF-8 without NUL`;
  throw new OperationError("invalid-argument", { type: "ingest", id: ref.slice(0, 64) }, rule);
}

function alreadyExists(digest: string): OperationError {
  return new OperationError("already-exists", subjectOf(digest), "the namespace has this blob");
}

function subjectOf(digest: string): Subject {
  return { type: "content", id: digest };
}
