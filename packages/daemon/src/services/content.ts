import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type { Content, ContentInfo, IngestInfo, ReadOptions } from "@gantry/api/content";
import type {
  ContentInfoSchema,
  ContentService,
  IngestSchema,
  ListContentResponseSchema,
  ReadContentResponseSchema,
} from "@gantry/api/gantry/content/v1";
import { dateToMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import type { Contents } from "../core/content/contents.ts";
import { madeUnderOf, namespaceOf } from "../interceptors/call-context.ts";
import { batched } from "./batched.ts";

/** Serves `gantry.content.v1.ContentService`. */
export function createContentService(contents: Contents): ServiceImpl<typeof ContentService> {
  return {
    statContent: async ({ digest }, context) => {
      return { info: infoToMessage(await contents.in(namespaceOf(context)).stat(digest, { signal: context.signal })) };
    },
    listContent: (_request, context) => listInfos(contents.in(namespaceOf(context)).walk({ signal: context.signal })),
    readContent: ({ digest, offsetBytes, lengthBytes }, context) => {
      const options = { signal: context.signal, offsetBytes, ...(lengthBytes > 0n && { lengthBytes }) };
      return readPieces(contents.in(namespaceOf(context)), digest, options);
    },
    updateContent: async ({ digest, labels }, context) => {
      const info = await contents.setLabels(namespaceOf(context), digest, labelsFromMessage(labels));
      return { info: infoToMessage(info) };
    },
    deleteContent: async ({ digest }, context) => {
      await contents.delete(namespaceOf(context), digest);
      return {};
    },
    writeContent: async ({ ref, offsetBytes, data, totalBytes, expectedDigest }, context) => {
      const optional = { ...(totalBytes !== undefined && { totalBytes }), ...(expectedDigest && { expectedDigest }) };
      const under = madeUnderOf(context);
      const piece = { namespace: namespaceOf(context), ref, offsetBytes, data, under, ...optional };
      return { offsetBytes: await contents.write(piece, context.signal) };
    },
    commitContent: async ({ ref, digest, sizeBytes, labels }, context) => {
      const optional = { ...(digest && { digest }), ...(sizeBytes !== undefined && { sizeBytes }) };
      const options = { labels: labelsFromMessage(labels), under: madeUnderOf(context), ...optional };
      return { info: infoToMessage(await contents.commit(namespaceOf(context), ref, options)) };
    },
    getIngest: async ({ ref }, context) => ({ ingest: await getIngest(contents.in(namespaceOf(context)), ref) }),
    listIngests: async (_request, context) => {
      const ingests = await contents.in(namespaceOf(context)).ingests({ signal: context.signal });
      return { ingests: ingests.map(ingestToMessage) };
    },
    abortIngest: async ({ ref }, context) => {
      await contents.abort(namespaceOf(context), ref);
      return {};
    },
  };
}

async function* listInfos(
  infos: AsyncIterable<ContentInfo>,
): AsyncGenerator<MessageInitShape<typeof ListContentResponseSchema>, void, void> {
  for await (const batch of batched(infos)) yield { infos: batch.map(infoToMessage) };
}

async function* readPieces(
  content: Content,
  digest: string,
  options: ReadOptions,
): AsyncGenerator<MessageInitShape<typeof ReadContentResponseSchema>, void, void> {
  let offsetBytes = options.offsetBytes ?? 0n;
  for await (const data of content.read(digest, options)) {
    yield { offsetBytes, data: new Uint8Array(data) };
    offsetBytes += BigInt(data.length);
  }
}

async function getIngest(content: Content, ref: string): Promise<MessageInitShape<typeof IngestSchema>> {
  const ingest = (await content.ingests()).find((one) => one.ref === ref);
  if (ingest !== undefined) return ingestToMessage(ingest);
  throw new OperationError("not-found", { type: "ingest", id: ref }, "there is no such ingest");
}

function infoToMessage(info: ContentInfo): MessageInitShape<typeof ContentInfoSchema> {
  const { digest, sizeBytes, labels, createdAt, updatedAt } = info;
  const times = { createdAt: dateToMessage(createdAt), updatedAt: dateToMessage(updatedAt) };
  return { digest, sizeBytes, labels: labelsToMessage(labels), ...times };
}

function ingestToMessage(ingest: IngestInfo): MessageInitShape<typeof IngestSchema> {
  const { ref, offsetBytes, totalBytes, expectedDigest, startedAt, updatedAt } = ingest;
  return {
    ref,
    offsetBytes,
    ...(totalBytes !== null && { totalBytes }),
    expectedDigest: expectedDigest ?? "",
    startedAt: dateToMessage(startedAt),
    updatedAt: dateToMessage(updatedAt),
  };
}
