import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";

/**
 * Shows an OCI image layout (OCI image specification, image-layout.md) as a tar stream, the small documents first, so that
 * a reader knows what it is before it gets the blobs. What else lies in the directory is left out.
 */
export async function* packLayout(directory: string): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const written = writeEntries(archive, directory);
  // Read below; without this, a failure before the first read would end the program.
  written.catch((error: unknown) => archive.destroy(error instanceof Error ? error : null));
  yield* archive as AsyncIterable<Uint8Array>;
  await written;
}

async function writeEntries(archive: ReturnType<typeof pack>, directory: string): Promise<void> {
  for (const name of ["oci-layout", "index.json", ...(await blobNames(directory))]) {
    const file = path.join(directory, name);
    const { size } = await stat(file);
    const entry = archive.entry({ name, size, mode: 0o644, mtime: new Date(0) });
    await pipeline(createReadStream(file), entry as unknown as NodeJS.WritableStream);
  }
  archive.finalize();
}

async function blobNames(directory: string): Promise<readonly string[]> {
  const algorithms = await readdir(path.join(directory, "blobs"));
  const names = await Promise.all(
    algorithms.map(async (algorithm) => {
      const blobs = await readdir(path.join(directory, "blobs", algorithm));
      return blobs.map((blob) => `blobs/${algorithm}/${blob}`);
    }),
  );
  return names.flat().sort();
}
