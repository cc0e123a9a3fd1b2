import { type CallOptions, isOperationError, OperationError, type Subject } from "@gantry/api";
import type { Content, ContentWriter } from "@gantry/api/content";
import { decompress } from "../compression.ts";
import { transientRefPrefix } from "../store/transient-ref.ts";
import type { ByteString } from "../tar/byte-string.ts";
import { componentsOf } from "../tar/entry-path.ts";
import { invalidEntry, type TarEntry } from "../tar/tar-entry.ts";
import { TarReader } from "../tar/tar-reader.ts";
import type { ArchiveLimits } from "./archive-limits.ts";

/** Files at the top that describe the rest; they are kept in memory whatever their size within the limit. */
const documentNames: ReadonlySet<string> = new Set(["oci-layout", "index.json", "manifest.json"]);
/** Enough to tell how a file is compressed. */
const startBytes = 4;
const maxLinks = 8;

/** One file of an archive. */
export interface ArchiveFile {
  readonly sizeBytes: bigint;
  /** Its first bytes. */
  readonly start: Buffer;
  /** All of its bytes, or the ingest that has them. */
  readonly data: Buffer | ContentWriter;
}

interface OpenFile {
  readonly path: ByteString;
  readonly size: number;
  readonly pieces: Buffer[];
  readonly writer: ContentWriter | undefined;
  start: Buffer;
  done: number;
}

/** What an archive's files are read with. */
export interface ArchiveOptions extends CallOptions {
  readonly limits: ArchiveLimits;
  /** Told how many bytes of a big file are read. */
  readonly onBytes?: (path: string, done: bigint, total: bigint) => void;
}

/**
 * The files of a tar archive, by path, in any order: big ones as ingests of `content`, small ones in memory. Nothing of
 * it is visible as content.
 *
 * Whoever has one must {@link discard} it at the end; what was committed by then stays.
 */
export class ArchiveFiles {
  readonly #content: Content;
  readonly #subject: Subject;
  readonly #options: ArchiveOptions;
  readonly #refPrefix = `${transientRefPrefix}import/${crypto.randomUUID()}/`;
  readonly #files = new Map<ByteString, ArchiveFile>();
  readonly #links = new Map<ByteString, ByteString>();
  readonly #refs: string[] = [];
  readonly #writers: ContentWriter[] = [];
  #entries = 0;
  #smallBytes = 0;
  #open: OpenFile | undefined;

  /** @param subject - the archive, for errors */
  constructor(content: Content, subject: Subject, options: ArchiveOptions) {
    this.#content = content;
    this.#subject = subject;
    this.#options = options;
  }

  /** Reads the whole archive, plain or compressed. Rejects as `importArchive` says. */
  async read(archive: AsyncIterable<Uint8Array>): Promise<void> {
    const { limits, signal } = this.#options;
    const reader = new TarReader(this.#subject, limits.headerBytes);
    let totalBytes = 0n;
    for await (const piece of decompress(archive, this.#subject)) {
      signal?.throwIfAborted();
      totalBytes += BigInt(piece.length);
      if (totalBytes > limits.totalBytes) throw this.#exceeds(`${limits.totalBytes} bytes`);
      for (const event of reader.push(piece)) {
        if (event.kind === "entry") await this.#begin(event.entry);
        else if (event.kind === "data") await this.#append(event.bytes);
        else this.#end();
      }
    }
    reader.end();
  }

  /** The file under a path as other files of the archive write it; links are followed within the archive. */
  find(path: string): ArchiveFile | undefined {
    let place = normalized(this.#subject, Buffer.from(path).toString("latin1"));
    for (let links = 0; links <= maxLinks; links++) {
      const file = this.#files.get(place);
      const target = this.#links.get(place);
      if (file !== undefined || target === undefined) return file;
      place = target;
    }
    return undefined;
  }

  /** Ends all ingests that are left. Returns what failed meanwhile. */
  async discard(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    const note = (error: unknown) => {
      if (!isOperationError(error, "not-found")) failures.push(error);
    };
    for (const writer of this.#writers) await writer.close().catch(note);
    // Those that became blobs have no ingest any more.
    for (const ref of this.#refs) await this.#content.abort(ref).catch(note);
    return failures;
  }

  async #begin(entry: TarEntry): Promise<void> {
    this.#entries += 1;
    if (this.#entries > this.#options.limits.entries) throw this.#exceeds(`${this.#options.limits.entries} entries`);
    const path = normalized(this.#subject, entry.name);
    if (entry.type === "symlink" || entry.type === "hardlink") {
      const target = entry.type === "hardlink" ? entry.linkName : besides(path, entry.linkName);
      this.#links.set(path, normalized(this.#subject, target, entry.name));
    }
    if (entry.type !== "file") return;
    if (this.#files.has(path)) throw invalidEntry(this.#subject, entry.name, "is in the archive twice");
    const isHeld = this.#isHeld(path, entry);
    const writer = isHeld ? undefined : await this.#newWriter();
    this.#open = { path, size: entry.sizeBytes, pieces: [], writer, start: Buffer.alloc(0), done: 0 };
  }

  #isHeld(path: ByteString, entry: TarEntry): boolean {
    const { documentBytes, smallBytes, smallTotalBytes } = this.#options.limits;
    if (documentNames.has(path)) {
      if (entry.sizeBytes <= documentBytes) return true;
      throw invalidEntry(
        this.#subject,
        entry.name,
        `has ${entry.sizeBytes} bytes, at most ${documentBytes} are allowed`,
      );
    }
    if (entry.sizeBytes > smallBytes || this.#smallBytes + entry.sizeBytes > smallTotalBytes) return false;
    this.#smallBytes += entry.sizeBytes;
    return true;
  }

  async #newWriter(): Promise<ContentWriter> {
    if (this.#writers.length >= this.#options.limits.blobs)
      throw this.#exceeds(`${this.#options.limits.blobs} big files`);
    const ref = `${this.#refPrefix}${this.#writers.length}`;
    this.#refs.push(ref);
    const writer = await this.#content.openWriter(ref);
    this.#writers.push(writer);
    return writer;
  }

  async #append(bytes: Buffer): Promise<void> {
    const file = this.#open;
    if (file === undefined) return;
    if (file.start.length < startBytes) file.start = Buffer.concat([file.start, bytes]).subarray(0, startBytes);
    file.done += bytes.length;
    // Copied: what is held must not keep the whole piece of the archive alive that it is a part of.
    if (file.writer === undefined) file.pieces.push(Buffer.from(bytes));
    else await file.writer.write(bytes);
    this.#options.onBytes?.(file.path, BigInt(file.done), BigInt(file.size));
  }

  #end(): void {
    const file = this.#open;
    if (file === undefined) return;
    this.#open = undefined;
    const data = file.writer ?? Buffer.concat(file.pieces);
    this.#files.set(file.path, { sizeBytes: BigInt(file.size), start: Buffer.from(file.start), data });
  }

  #exceeds(limit: string): OperationError {
    return new OperationError("invalid-argument", this.#subject, `has more than ${limit}`);
  }
}

function normalized(subject: Subject, path: ByteString, entry: ByteString = path): ByteString {
  return componentsOf(subject, path, entry).join("/");
}

/** A link's target is relative to the directory that the link is in. */
function besides(path: ByteString, target: ByteString): ByteString {
  return target.startsWith("/") ? target : `${path.slice(0, path.lastIndexOf("/") + 1)}${target}`;
}
