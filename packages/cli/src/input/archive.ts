import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { packLayout } from "./pack-layout.ts";

/** The bytes of an archive. */
export interface Archive {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `null` where not known beforehand. */
  readonly totalBytes: bigint | null;
}

/** Opens an archive file, standard input (`-`), or an OCI layout directory, which is packed as it is read. */
export async function openArchive(path: string): Promise<Archive> {
  if (path === "-") {
    return { bytes: process.stdin, totalBytes: null };
  }
  const { isDirectory, size } = await stat(path, { bigint: true }).then((info) => ({
    isDirectory: info.isDirectory(),
    size: info.size,
  }));
  return isDirectory
    ? { bytes: packLayout(path), totalBytes: null }
    : { bytes: createReadStream(path, { highWaterMark: 1 << 20 }), totalBytes: size };
}
