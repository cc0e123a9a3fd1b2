import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { OperationError } from "@gantry/client";
import { packLayout } from "./pack-layout.ts";

/** The bytes of an archive. */
export interface Archive {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** `null` where not known beforehand. */
  readonly totalBytes: bigint | null;
}

/**
 * Opens an archive file, standard input (`-`), or an OCI layout directory, which is packed as it is read.
 *
 * Rejects with
 * - `not-found`: there is nothing of this path
 * - `invalid-argument`: a directory that is no OCI layout
 */
export async function openArchive(file: string): Promise<Archive> {
  if (file === "-") {
    return { bytes: process.stdin, totalBytes: null };
  }
  const info = await find(file);
  if (info === null) {
    throw new OperationError("not-found", { type: "image", id: file }, "there is no such file or directory");
  }
  if (!info.isDirectory()) {
    return { bytes: createReadStream(file, { highWaterMark: 1 << 20 }), totalBytes: info.size };
  }
  if ((await find(path.join(file, "oci-layout"))) === null) {
    const detail = "expected an archive or an OCI layout, which has a file oci-layout";
    throw new OperationError("invalid-argument", { type: "image", id: file }, detail);
  }
  return { bytes: packLayout(file), totalBytes: null };
}

async function find(file: string) {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return null;
    }
    throw error;
  }
}
