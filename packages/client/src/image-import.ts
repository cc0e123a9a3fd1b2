import type { CallOptions } from "@gantry/api";
import type { Image } from "@gantry/api/gantry/images/v1";
import { lastAnswer, type Progress } from "./image-progress.ts";
import type { LeaseMaker } from "./own-lease.ts";
import type { RawClients } from "./raw.ts";
import { createUpload } from "./upload.ts";

/** Options of `ImagesClient.import`. */
export interface ImageImportOptions extends CallOptions {
  /** Name for the image, whatever the archive calls it; the archive then holds exactly one. */
  readonly name?: string;
  /** Whether a name that exists is an error. Default: false, it is moved. */
  readonly keepExisting?: boolean;
  /** Size of the archive, for progress. */
  readonly totalBytes?: bigint;
  readonly onProgress?: (progress: Progress) => void;
}

/** How long the lease of an import lasts that nobody ends: longer than any archive takes. */
const leaseSeconds = 24 * 3600;

/** What importing is made of. */
export interface ImportParts {
  readonly clients: RawClients;
  /** Absent: no lease is made. */
  readonly leases?: LeaseMaker | undefined;
}

/** Sends an archive to an ingest of its own and has its images made; leaves no ingest behind. */
export async function importArchive(
  { clients, leases }: ImportParts,
  archive: AsyncIterable<Uint8Array>,
  options: ImageImportOptions,
): Promise<readonly Image[]> {
  if (leases === undefined) return importWith(clients, archive, options);
  const { signal } = options;
  const lease = await leases("import", { lifetimeSeconds: leaseSeconds, ...(signal && { signal }) });
  try {
    return await importWith(lease.clients, archive, options);
  } finally {
    await lease.end();
  }
}

async function importWith(
  clients: RawClients,
  archive: AsyncIterable<Uint8Array>,
  options: ImageImportOptions,
): Promise<readonly Image[]> {
  const { keepExisting = false, name = "", onProgress, totalBytes } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const ref = `import-${globalThis.crypto.randomUUID()}`;
  const tell = (doneBytes: bigint) =>
    onProgress?.({ stage: "upload", digest: "", doneBytes, totalBytes: totalBytes ?? 0n });
  try {
    await createUpload(clients)(archive, {
      ref,
      onProgress: tell,
      ...(totalBytes !== undefined && { totalBytes }),
      ...call,
    });
    const last = await lastAnswer(call, (rpc) => clients.images.importImage({ ref, name, keepExisting }, rpc), {
      onProgress,
    });
    return last.response.case === "result" ? last.response.value.images : [];
  } catch (error) {
    // The import ends the ingest; else it would stay as leftover. Its failure says less than the one to report.
    await clients.content.abortIngest({ ref }).catch(() => undefined);
    throw error;
  }
}
