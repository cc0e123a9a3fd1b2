import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { OperationError, type Subject } from "@gantry/api";
import { errnoOf } from "./file-error.ts";

/** How bytes are compressed, as their first bytes say (RFC 1952 and RFC 8878). */
export type Compression = "none" | "gzip" | "zstd";

const magics: readonly { readonly compression: Compression; readonly bytes: Buffer }[] = [
  { compression: "gzip", bytes: Buffer.of(0x1f, 0x8b) },
  { compression: "zstd", bytes: Buffer.of(0x28, 0xb5, 0x2f, 0xfd) },
];
/** How many of the first bytes tell. */
const magicBytes = 4;
/** Fewer and bigger pieces than Node's default of 16 KiB, since each costs a trip to a pool thread and back. */
const pieceBytes = 256 * 1024;

/** What the first four bytes (or fewer, of a shorter file) say. */
export function compressionOf(start: Uint8Array): Compression {
  const head = Buffer.from(start);
  return magics.find(({ bytes }) => head.subarray(0, bytes.length).equals(bytes))?.compression ?? "none";
}

/**
 * Gives the bytes of `source` uncompressed, whichever way they are compressed. Decompression runs on the pool threads
 * of the process itself: no program is started, and none that an image brings could be taken for one.
 *
 * @param subject - what the bytes are of, for errors
 *
 * Rejects with
 * - `invalid-argument`: what begins like compressed bytes does not go on so
 * - what `source` rejects with
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  subject: Subject,
): AsyncGenerator<Buffer, void, void> {
  const pieces = source[Symbol.asyncIterator]();
  const head = await firstBytes(pieces);
  const all = joined(head, pieces);
  const compression = compressionOf(head);
  if (compression === "none") {
    yield* all;
    return;
  }
  const options = { chunkSize: pieceBytes };
  const decoder = compression === "gzip" ? createGunzip(options) : createZstdDecompress(options);
  const feeding = pipeline(Readable.from(all), decoder);
  // What fails there is thrown by the iteration below as well.
  feeding.catch(() => {});
  try {
    for await (const piece of decoder) yield piece;
  } catch (error) {
    throw decoderError(error, compression, subject);
  } finally {
    decoder.destroy();
    await feeding.catch(() => {});
  }
}

async function firstBytes(pieces: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const head: Uint8Array[] = [];
  for (let length = 0; length < magicBytes; ) {
    const next = await pieces.next();
    if (next.done === true) break;
    head.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(head);
}

async function* joined(head: Buffer, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  try {
    if (head.length > 0) yield head;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const { value } = next;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    await pieces.return?.();
  }
}

function decoderError(error: unknown, compression: Compression, subject: Subject): unknown {
  if (!/^(?:Z_|ERR_ZLIB|ERR_ZSTD|ZSTD_)/.test(errnoOf(error) ?? "")) return error;
  const reason = error instanceof Error ? error.message : "";
  return new OperationError("invalid-argument", subject, `is damaged ${compression} data: ${reason}`, { cause: error });
}
