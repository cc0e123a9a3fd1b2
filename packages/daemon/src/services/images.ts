import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type { Descriptor, ResolvedImage } from "@gantry/api/content";
import type {
  CreateImageRequest,
  ImageSchema,
  ImageService,
  ImportImageRequest,
  ImportImageResponseSchema,
  ResolvedImageSchema,
  UnpackImageRequest,
  UnpackImageResponseSchema,
} from "@gantry/api/gantry/images/v1";
import {
  dateToMessage,
  descriptorFromMessage,
  descriptorToMessage,
  labelsFromMessage,
  labelsToMessage,
  platformFromMessage,
} from "@gantry/api/wire";
import type { ImageRef, Images } from "../core/images/images.ts";
import { madeUnderOf, namespaceOf } from "../interceptors/call-context.ts";
import type { ImageRecord } from "../store/image-table.ts";
import { progressToMessage, reportWork } from "./progress.ts";

/** Serves `gantry.images.v1.ImageService`. */
export function createImageService(images: Images): ServiceImpl<typeof ImageService> {
  return {
    createImage: async ({ image }, context) => {
      const ref = refOf({ name: image?.name ?? "" }, context);
      const labels = labelsFromMessage(image?.labels ?? {});
      return { image: imageToMessage(await images.create(ref, targetOf(image), labels)) };
    },
    getImage: (request, context) => ({ image: imageToMessage(images.get(refOf(request, context))) }),
    listImages: (_request, context) => ({ images: images.list(namespaceOf(context)).map(imageToMessage) }),
    deleteImage: async (request, context) => {
      const { content, snapshots } = await images.delete(refOf(request, context));
      return { removedContent: [...content], removedSnapshots: [...snapshots] };
    },
    resolveImage: async (request, context) => {
      const platform = request.platform && platformFromMessage(request.platform);
      return { image: resolvedToMessage(await images.resolve(refOf(request, context), platform)) };
    },
    importImage: (request, context) => importImage(images, request, context),
    unpackImage: (request, context) => unpackImage(images, request, context),
    // biome-ignore lint/correctness/useYield: a method that only fails is still a stream.
    pullImage: async function* ({ name }) {
      throw noRegistryClient(name);
    },
    // biome-ignore lint/correctness/useYield: a method that only fails is still a stream.
    pushImage: async function* ({ name }) {
      throw noRegistryClient(name);
    },
  };
}

async function* importImage(
  images: Images,
  request: ImportImageRequest,
  context: HandlerContext,
): AsyncGenerator<MessageInitShape<typeof ImportImageResponseSchema>, void, void> {
  const { ref, name, keepExisting } = request;
  const { signal } = context;
  const asked = {
    namespace: namespaceOf(context),
    ref,
    name,
    keepExisting,
    lease: madeUnderOf(context)?.lease,
    signal,
  };
  const work = reportWork((onProgress) => images.import({ ...asked, onProgress }));
  for await (const report of work) {
    if ("progress" in report) yield { response: { case: "progress", value: progressToMessage(report.progress) } };
    else yield { response: { case: "result", value: { images: report.result.map(imageToMessage) } } };
  }
}

async function* unpackImage(
  images: Images,
  request: UnpackImageRequest,
  context: HandlerContext,
): AsyncGenerator<MessageInitShape<typeof UnpackImageResponseSchema>, void, void> {
  const platform = request.platform && platformFromMessage(request.platform);
  const { snapshotter } = request;
  const lease = madeUnderOf(context)?.lease;
  const options = { snapshotter, lease, signal: context.signal, ...(platform && { platform }) };
  const ref = refOf(request, context);
  for await (const report of reportWork((onProgress) => images.unpack(ref, { ...options, onProgress }))) {
    if ("progress" in report) yield { response: { case: "progress", value: progressToMessage(report.progress) } };
    else yield { response: { case: "image", value: resolvedToMessage(report.result) } };
  }
}

function refOf({ name }: { readonly name: string }, context: HandlerContext): ImageRef {
  return { namespace: namespaceOf(context), name };
}

function targetOf(image: CreateImageRequest["image"]): Descriptor {
  if (image?.target !== undefined) return descriptorFromMessage(image.target);
  throw new OperationError("invalid-argument", { type: "image", id: image?.name ?? "" }, "needs a target");
}

function noRegistryClient(name: string): OperationError {
  const detail = "this daemon has no registry client yet; import an archive instead";
  return new OperationError("unimplemented", { type: "image", id: name }, detail);
}

function imageToMessage(image: ImageRecord): MessageInitShape<typeof ImageSchema> {
  return {
    name: image.name,
    target: descriptorToMessage(image.target),
    labels: labelsToMessage(image.labels),
    createdAt: dateToMessage(image.createdAt),
    updatedAt: dateToMessage(image.updatedAt),
  };
}

function resolvedToMessage(image: ResolvedImage): MessageInitShape<typeof ResolvedImageSchema> {
  return {
    manifest: descriptorToMessage(image.manifest),
    config: descriptorToMessage(image.config),
    configJson: image.configJson,
    layers: image.layers.map(descriptorToMessage),
    chainIds: [...image.chainIds],
  };
}
