import type { CallOptions } from "@gantry/api";
import type { Content, ContentInfo, IngestInfo } from "@gantry/api/content";
import type { ContentInfo as InfoMessage, Ingest } from "@gantry/api/gantry/content/v1";
import { dateFromMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { itemsOf, type RpcOptions, ServerStream } from "./server-stream.ts";
import { createUpload, type UploadOptions } from "./upload.ts";
import { required } from "./values.ts";

/** The content that the client's namespace sees, under the contract of `Content` where that is named. */
export interface ContentClient extends Omit<Content, "openWriter" | "readIngest"> {
  /**
   * Brings bytes in, in pieces, under the ref of an ingest.
   *
   * An ingest of this ref that an earlier upload left behind is gone on with: what it holds already is not sent again.
   * `source` yields all the bytes either way.
   *
   * @returns the blob; an equal one that was there before is as good
   *
   * Rejects with
   * - `failed-precondition`: digest or size are not as demanded; the ingest stays
   * - `unavailable`: the daemon is gone, or another writer has the ingest open; call again with the same ref
   * - `resource-exhausted`: no room left
   */
  upload(source: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<ContentInfo>;

  /**
   * Returns how far an ingest is.
   *
   * Rejects with
   * - `not-found`: there is no such ingest
   */
  ingest(ref: string, options?: CallOptions): Promise<IngestInfo>;
}

export function createContent(clients: RawClients): ContentClient {
  const { content: raw } = clients;
  const upload = createUpload(clients);
  return {
    stat: async (digest, options = {}) => infoFrom((await raw.statContent({ digest }, options)).info),
    read(digest, { offsetBytes = 0n, lengthBytes = 0n, ...options } = {}) {
      const open = (rpc: RpcOptions) => raw.readContent({ digest, offsetBytes, lengthBytes }, rpc);
      return new ServerStream(options, open, ({ data }) => data);
    },
    async setLabels(digest, labels, options = {}) {
      return infoFrom((await raw.updateContent({ digest, labels: labelsToMessage(labels) }, options)).info);
    },
    async delete(digest, options = {}) {
      await raw.deleteContent({ digest }, options);
    },
    walk(options = {}) {
      const open = (rpc: RpcOptions) => raw.listContent({}, rpc);
      return itemsOf(() => new ServerStream(options, open, ({ infos }) => infos.map(infoFrom)));
    },
    ingest: async (ref, options = {}) => ingestFrom(required((await raw.getIngest({ ref }, options)).ingest, "ingest")),
    ingests: async (options = {}) => (await raw.listIngests({}, options)).ingests.map(ingestFrom),
    async abort(ref, options = {}) {
      await raw.abortIngest({ ref }, options);
    },
    async upload(source, options) {
      const { digest, labels = new Map(), ref, signal } = options;
      const sizeBytes = await upload(source, options);
      const request = { ref, digest: digest ?? "", sizeBytes, labels: labelsToMessage(labels) };
      return infoFrom((await raw.commitContent(request, signal === undefined ? {} : { signal })).info);
    },
  };
}

function infoFrom(message: InfoMessage | undefined): ContentInfo {
  const { digest, sizeBytes, labels, createdAt, updatedAt } = required(message, "info");
  return {
    digest,
    sizeBytes,
    labels: labelsFromMessage(labels),
    createdAt: dateFromMessage(createdAt),
    updatedAt: dateFromMessage(updatedAt),
  };
}

function ingestFrom(message: Ingest): IngestInfo {
  const { ref, offsetBytes, totalBytes = null, expectedDigest, startedAt, updatedAt } = message;
  return {
    ref,
    offsetBytes,
    totalBytes,
    expectedDigest: expectedDigest || null,
    startedAt: dateFromMessage(startedAt),
    updatedAt: dateFromMessage(updatedAt),
  };
}
