import { type CallOptions, isOperationError, OperationError } from "@gantry/api";
import type { RawClients } from "./raw.ts";

/** What `upload` takes besides the bytes. */
export interface UploadOptions extends CallOptions {
  /** Names the ingest; an upload that broke off is gone on with under the same ref. */
  readonly ref: string;
  /** Rejects unless the bytes have this digest. Default: their sha256, whatever it is. */
  readonly digest?: string;
  /** How many bytes there will be, if known. */
  readonly totalBytes?: bigint;
  /** Labels of the blob. Default: none. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Hears how many bytes the daemon has. */
  readonly onProgress?: (doneBytes: bigint) => void;
}

/** Bytes of one write: large enough that calls do not count, small enough beside the daemon's limit of 16 MiB a message. */
const pieceBytes = 2 << 20;

/** Makes the function that brings bytes into an ingest and returns how many there are in all. */
export function createUpload({ content: raw }: RawClients) {
  return async (source: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<bigint> => {
    const { digest = "", onProgress, ref, totalBytes } = options;
    const rpc = options.signal === undefined ? {} : { signal: options.signal };
    const held = await heldBytes(raw, ref, rpc);
    let end = 0n;
    let written = false;
    for await (const piece of pieces(source)) {
      const offsetBytes = end;
      end += BigInt(piece.length);
      if (end > held) {
        // A piece that begins before what is held is sent whole: the daemon skips what it has.
        const total = totalBytes === undefined ? {} : { totalBytes };
        await raw.writeContent({ ref, offsetBytes, data: piece, expectedDigest: digest, ...total }, rpc);
        written = true;
      }
      onProgress?.(end > held ? end : held);
    }
    if (end < held) {
      const detail = `holds ${held} bytes already, but the source has ${end} only`;
      throw new OperationError("out-of-range", { type: "ingest", id: ref }, detail);
    }
    if (!written && held === 0n) {
      await raw.writeContent({ ref, offsetBytes: 0n, data: new Uint8Array(0) }, rpc);
    }
    return end;
  };
}

async function heldBytes(raw: RawClients["content"], ref: string, options: CallOptions): Promise<bigint> {
  try {
    return (await raw.getIngest({ ref }, options)).ingest?.offsetBytes ?? 0n;
  } catch (error) {
    if (isOperationError(error, "not-found")) {
      return 0n;
    }
    throw error;
  }
}

/** The bytes of `source` in pieces of one size, the last one shorter. A piece is valid until the next one is asked for. */
async function* pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(pieceBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + pieceBytes - filled);
      piece.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled === pieceBytes) {
        yield piece;
        filled = 0;
      }
    }
  }
  if (filled > 0) {
    yield piece.subarray(0, filled);
  }
}
