import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { DescriptorSchema, PlatformSchema } from "../gantry/types/v1/index.ts";
import type { Descriptor } from "../images.ts";
import { descriptorFromMessage, descriptorToMessage, platformFromMessage, platformToMessage } from "./descriptors.ts";

const bare: Descriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"0".repeat(64)}`,
  sizeBytes: 2n ** 53n + 1n,
};

describe("a descriptor as a message", () => {
  const descriptors: Readonly<Record<string, Descriptor>> = {
    bare,
    "with annotations": { ...bare, annotations: new Map([["__proto__", "x"]]) },
    "with a platform": { ...bare, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
  };
  for (const [title, descriptor] of Object.entries(descriptors)) {
    it(`is the same afterwards: ${title}`, () => {
      const bytes = toBinary(DescriptorSchema, descriptorToMessage(descriptor));
      assert.deepEqual(descriptorFromMessage(fromBinary(DescriptorSchema, bytes)), descriptor);
    });
  }

  it("has no annotations rather than empty ones", () => {
    assert.deepEqual(descriptorFromMessage(descriptorToMessage({ ...bare, annotations: new Map() })), bare);
  });
});

describe("a platform as a message", () => {
  it("is the same afterwards, with and without a variant", () => {
    for (const platform of [
      { os: "windows", architecture: "amd64" },
      { os: "linux", architecture: "arm", variant: "v7" },
    ]) {
      const bytes = toBinary(PlatformSchema, platformToMessage(platform));
      assert.deepEqual(platformFromMessage(fromBinary(PlatformSchema, bytes)), platform);
    }
  });
});
