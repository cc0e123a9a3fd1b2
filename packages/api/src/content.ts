import type { CallOptions } from "./call-options.ts";

/** What is known about one blob of content. */
export interface ContentInfo {
  /** `ALGORITHM:HEX` in lower case; `sha256` or `sha512`. */
  readonly digest: string;
  readonly sizeBytes: bigint;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How far an ingest is. */
export interface IngestInfo {
  /** Identifier chosen by the writer: 1 to 1,024 UTF-8 bytes without NUL; opaque, never used as a path. */
  readonly ref: string;
  /** Bytes that are kept so far: where a writer goes on. */
  readonly offsetBytes: bigint;
  /** What the writer said there will be in all, or `null`. */
  readonly totalBytes: bigint | null;
  /** What the writer said the digest will be, or `null`. */
  readonly expectedDigest: string | null;
  readonly startedAt: Date;
  readonly updatedAt: Date;
}

/** Options of {@link Content.openWriter}. */
export interface WriterOptions extends CallOptions {
  readonly totalBytes?: bigint;
  /** Lets a blob that exists already be noticed before anything is sent. */
  readonly expectedDigest?: string;
}

/** What `ContentWriter.commit` checks and records. */
export interface ContentCommitOptions extends CallOptions {
  /** Rejects unless the bytes have this digest. Default: sha256 of what was written. */
  readonly digest?: string;
  /** Rejects unless there are this many bytes. */
  readonly sizeBytes?: bigint;
  readonly labels?: ReadonlyMap<string, string>;
}

/** The only writer of one ingest, until it is closed. */
export interface ContentWriter {
  /**
   * Returns how far the ingest is, what was written through this writer included.
   *
   * Rejects with
   * - `failed-precondition`: the writer is closed
   */
  status(): Promise<IngestInfo>;

  /**
   * Appends. Resolves when the bytes are with the operating system; calls are ordered.
   *
   * Rejects with
   * - `failed-precondition`: the writer is closed
   * - `resource-exhausted`: no room left; what was written before stays
   */
  write(data: Uint8Array, options?: CallOptions): Promise<void>;

  /**
   * Forgets everything behind `sizeBytes`.
   *
   * Rejects with
   * - `out-of-range`: there are fewer bytes
   */
  truncate(sizeBytes: bigint): Promise<void>;

  /**
   * Makes a blob of the ingest and ends it: the ref is free, the writer closed, the bytes verified and on the disk.
   * After a rejection other than `already-exists` the bytes stay, to be resumed or aborted.
   *
   * Rejects with
   * - `failed-precondition`: digest or size are not as demanded; the message names both
   * - `already-exists`: this namespace has the blob; the ingest is ended all the same
   */
  commit(options?: ContentCommitOptions): Promise<ContentInfo>;

  /** Gives the ref up; what was written stays for the next writer. Idempotent; never rejects for a writer that is closed. */
  close(): Promise<void>;
}

/** Options of {@link Content.read}. */
export interface ReadOptions extends CallOptions {
  /** Default: 0n. */
  readonly offsetBytes?: bigint;
  /** Default: to the end. */
  readonly lengthBytes?: bigint;
}

/**
 * The content that one namespace sees: immutable bytes under their digest, and ingests under their ref.
 *
 * Bytes are shared between namespaces on disk, what is visible is not: a namespace sees a blob only after it has
 * committed it itself.
 */
export interface Content {
  /**
   * Opens the ingest `ref`, new or where an earlier writer left it.
   *
   * Rejects with
   * - `already-exists`: the namespace has a blob with `expectedDigest`
   * - `unavailable`: another writer has it open
   * - `invalid-argument`: the ref or the digest has the wrong form
   */
  openWriter(ref: string, options?: WriterOptions): Promise<ContentWriter>;

  /**
   * Returns what is known about a blob.
   *
   * Rejects with
   * - `not-found`: the namespace has no such blob
   * - `invalid-argument`: the digest has the wrong form
   */
  stat(digest: string, options?: CallOptions): Promise<ContentInfo>;

  /**
   * Reads a blob, or a part of it, in pieces of at most 1 MiB. Not verified here; who needs proof hashes along.
   *
   * Rejects with
   * - `not-found`: the namespace has no such blob
   * - `out-of-range`: `offsetBytes` lies beyond the end
   * - `data-loss`: the file is shorter than its record says
   */
  read(digest: string, options?: ReadOptions): AsyncIterable<Uint8Array>;

  /**
   * Replaces all labels of a blob.
   *
   * Rejects with
   * - `not-found`: the namespace has no such blob
   */
  setLabels(digest: string, labels: ReadonlyMap<string, string>, options?: CallOptions): Promise<ContentInfo>;

  /**
   * Takes a blob from the namespace; the bytes go with the last namespace that sees them.
   *
   * Rejects with
   * - `not-found`: the namespace has no such blob
   */
  delete(digest: string, options?: CallOptions): Promise<void>;

  /** Shows all blobs, ordered by digest. Blobs may be deleted between two steps. */
  walk(options?: CallOptions): AsyncIterable<ContentInfo>;

  /** Returns all ingests, ordered by ref. Rejects only as every call does, when the store is closed. */
  ingests(options?: CallOptions): Promise<readonly IngestInfo[]>;

  /**
   * Reads what an ingest holds so far, in pieces of at most 1 MiB, and keeps writers away until the iteration ends. The
   * bytes are not verified: an archive that is imported from an ingest is, blob by blob.
   *
   * Rejects with
   * - `not-found`: there is no such ingest
   * - `unavailable`: a writer or another reader has it open
   */
  readIngest(ref: string, options?: CallOptions): AsyncIterable<Uint8Array>;

  /**
   * Forgets an ingest and its bytes.
   *
   * Rejects with
   * - `not-found`: there is no such ingest
   * - `unavailable`: a writer has it open
   */
  abort(ref: string, options?: CallOptions): Promise<void>;
}

/** Content of all namespaces. Two processes must not open the same root: the second is refused. */
export interface ContentStore {
  /** Returns the content of `namespace`; costs nothing, needs no closing. */
  in(namespace: string): Content;

  /** Frees what the instance holds of the process. Idempotent; later calls reject with `failed-precondition`. */
  close(): Promise<void>;
}
