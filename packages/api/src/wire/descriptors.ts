import { create } from "@bufbuild/protobuf";
import type { Descriptor as DescriptorMessage, Platform as PlatformMessage } from "../gantry/types/v1/index.ts";
import { DescriptorSchema, PlatformSchema } from "../gantry/types/v1/index.ts";
import type { Descriptor, Platform } from "../images.ts";
import { labelsFromMessage, labelsToMessage } from "./values.ts";

export function platformToMessage(platform: Platform): PlatformMessage {
  return create(PlatformSchema, platform);
}

export function platformFromMessage(message: PlatformMessage): Platform {
  const { os, architecture, variant } = message;
  return { os, architecture, ...(variant && { variant }) };
}

export function descriptorToMessage(descriptor: Descriptor): DescriptorMessage {
  const { mediaType, digest, sizeBytes, annotations, platform } = descriptor;
  return create(DescriptorSchema, {
    mediaType,
    digest,
    sizeBytes,
    annotations: labelsToMessage(annotations ?? new Map()),
    ...(platform === undefined ? {} : { platform: platformToMessage(platform) }),
  });
}

export function descriptorFromMessage(message: DescriptorMessage): Descriptor {
  const { mediaType, digest, sizeBytes, platform } = message;
  const annotations = labelsFromMessage(message.annotations);
  return {
    mediaType,
    digest,
    sizeBytes,
    ...(annotations.size > 0 && { annotations }),
    ...(platform && { platform: platformFromMessage(platform) }),
  };
}
