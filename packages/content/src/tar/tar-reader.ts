import { OperationError, type Subject } from "@gantry/api";
import type { ByteString } from "./byte-string.ts";
import { buildEntry, type Extensions } from "./entry-builder.ts";
import { decodePaxRecords, type PaxRecords, paxText } from "./pax-records.ts";
import { invalidEntry, type TarEntry } from "./tar-entry.ts";
import { blockBytes, decodeHeader, HeaderFault, isZeroBlock, type TarHeader } from "./tar-header.ts";

/** What a {@link TarReader} finds: an entry, then the pieces of its data, if it has any, then its end. */
export type TarEvent =
  | { readonly kind: "entry"; readonly entry: TarEntry }
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "end"; readonly entry: TarEntry };

const noExtensions: Extensions = { records: undefined, longName: undefined, longLinkName: undefined };
/** What a global header may not speak of, since readers differ in whether they heed one. */
const entryKeys = ["path", "linkpath", "size", "uid", "gid", "mtime"] as const;

/**
 * Reads a tar archive as it comes, in pieces of any size, holding no more of it than one header and what extends it.
 *
 * The archive may be hostile: nothing in it makes the reader loop, or allocate more than `headerBytes`, and an archive
 * that other readers could understand differently is refused (`invalid-argument`) rather than guessed at.
 */
export class TarReader {
  readonly #subject: Subject;
  readonly #headerBytes: number;
  /** The block or extension that is being gathered, and how much of it there is. */
  #gathered = Buffer.alloc(blockBytes);
  #gatheredBytes = 0;
  /** The header of the extension that is being gathered, if it is one. */
  #extension: TarHeader | undefined;
  #extensions: Extensions = noExtensions;
  #entry: TarEntry | undefined;
  #dataLeft = 0;
  #paddingLeft = 0;
  #lastName: ByteString = "";
  #sawZeroBlock = false;
  #done = false;

  /** @param headerBytes - the most bytes that one extended header or long name may have */
  constructor(subject: Subject, headerBytes: number) {
    this.#subject = subject;
    this.#headerBytes = headerBytes;
  }

  /** Takes the next piece and gives what it completes. Data is given as parts of `piece`, not copied. */
  *push(piece: Buffer): Generator<TarEvent, void, void> {
    for (let rest = piece; rest.length > 0 && !this.#done; ) {
      if (this.#dataLeft > 0) {
        const bytes = rest.subarray(0, this.#dataLeft);
        this.#dataLeft -= bytes.length;
        rest = rest.subarray(bytes.length);
        yield { kind: "data", bytes };
        if (this.#dataLeft === 0) yield* this.#endEntry();
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(this.#paddingLeft, rest.length);
        this.#paddingLeft -= skipped;
        rest = rest.subarray(skipped);
      } else {
        rest = this.#gather(rest);
        if (this.#gatheredBytes === this.#gathered.length) yield* this.#completed();
      }
    }
  }

  /** States that no more comes. Throws `invalid-argument`: the archive is not over. */
  end(): void {
    const isInside = this.#dataLeft > 0 || this.#gatheredBytes > 0 || this.#extension !== undefined;
    if (this.#done || !(isInside || this.#extensions !== noExtensions)) return;
    throw invalidEntry(this.#subject, this.#lastName, "the archive ends in or right after this entry, in the middle");
  }

  #gather(rest: Buffer): Buffer {
    const taken = rest.copy(this.#gathered, this.#gatheredBytes);
    this.#gatheredBytes += taken;
    return rest.subarray(taken);
  }

  *#completed(): Generator<TarEvent, void, void> {
    const bytes = this.#gathered;
    const extension = this.#extension;
    this.#gatheredBytes = 0;
    if (extension === undefined) {
      yield* this.#block(bytes);
      return;
    }
    this.#extension = undefined;
    this.#gathered = Buffer.alloc(blockBytes);
    this.#paddingLeft = paddingAfter(bytes.length);
    this.#extend(extension, bytes);
  }

  *#block(block: Buffer): Generator<TarEvent, void, void> {
    if (isZeroBlock(block)) {
      this.#done = this.#sawZeroBlock;
      this.#sawZeroBlock = true;
      return;
    }
    if (this.#sawZeroBlock) throw this.#refuse("entries follow an empty block");
    const header = this.#checked(decodeHeader(block));
    if ("gxLK".includes(header.typeFlag)) this.#startExtension(header);
    else yield* this.#startEntry(header);
  }

  #startExtension(header: TarHeader): void {
    if (header.size < 1n || header.size > BigInt(this.#headerBytes)) {
      throw this.#refuse(`an extended header has ${header.size} bytes, 1 to ${this.#headerBytes} are allowed`);
    }
    this.#extension = header;
    this.#gathered = Buffer.alloc(Number(header.size));
  }

  /** GNU's long names and extended headers are never used together by a writer, and readers differ in which wins. */
  #extend(header: TarHeader, bytes: Buffer): void {
    const { records, longName, longLinkName } = this.#extensions;
    if (header.typeFlag === "g") {
      this.#checkGlobal(this.#checked(decodePaxRecords(bytes)));
    } else if (header.typeFlag === "x" && this.#extensions === noExtensions) {
      this.#extensions = { ...noExtensions, records: this.#checked(decodePaxRecords(bytes)) };
    } else if (header.typeFlag === "L" && records === undefined && longName === undefined) {
      this.#extensions = { ...this.#extensions, longName: untilNul(bytes) };
    } else if (header.typeFlag === "K" && records === undefined && longLinkName === undefined) {
      this.#extensions = { ...this.#extensions, longLinkName: untilNul(bytes) };
    } else {
      throw this.#refuse("two extended headers speak of one entry");
    }
  }

  #checkGlobal(records: PaxRecords): void {
    const key = entryKeys.find((candidate) => paxText(records, candidate) !== undefined);
    if (key !== undefined) throw this.#refuse(`a global header sets ${key}`);
  }

  *#startEntry(header: TarHeader): Generator<TarEvent, void, void> {
    this.#lastName = header.name;
    const entry = buildEntry(this.#subject, header, this.#extensions);
    this.#lastName = entry.name;
    this.#extensions = noExtensions;
    this.#entry = entry;
    this.#dataLeft = entry.sizeBytes;
    yield { kind: "entry", entry };
    if (entry.sizeBytes === 0) yield* this.#endEntry();
  }

  *#endEntry(): Generator<TarEvent, void, void> {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#paddingLeft = paddingAfter(entry.sizeBytes);
    yield { kind: "end", entry };
  }

  #checked<T>(decoded: T | HeaderFault): T {
    if (decoded instanceof HeaderFault) throw this.#refuse(decoded.rule);
    return decoded;
  }

  #refuse(rule: string): OperationError {
    if (this.#lastName === "") return new OperationError("invalid-argument", this.#subject, `at its start, ${rule}`);
    return invalidEntry(this.#subject, this.#lastName, `after it, ${rule}`);
  }
}

function paddingAfter(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function untilNul(bytes: Buffer): ByteString {
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
}
