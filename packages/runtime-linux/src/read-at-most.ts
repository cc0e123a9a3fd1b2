import type { FileHandle } from "node:fs/promises";

const chunkBytes = 16 * 1024;

/**
 * Reads a file from its start; `null` if it has more than `maxBytes`. What is read is counted, not what the file says
 * its size is: files of the kernel say 0, and one in a root file system may grow meanwhile.
 */
export async function readAtMost(file: FileHandle, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, length);
    length += bytesRead;
    if (length > maxBytes) {
      return null;
    }
    if (bytesRead === 0) {
      return Buffer.concat(chunks);
    }
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
