import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { processToAny, resourcesToAny, specToAny } from "@gantry/api/spec";
import { processForm, readJsonValue, resourcesForm, specForm } from "./json-value.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "spec", id: "c1" } as const;
const bytes = (text: string) => new TextEncoder().encode(text);
const { jsonTypeUrl, message } = specForm;

describe("readJsonValue", () => {
  it("reads the messages that the API packs", () => {
    assert.deepEqual(readJsonValue(specToAny({ ociVersion: "1" }), specForm, subject), { ociVersion: "1" });
    assert.deepEqual(readJsonValue(processToAny({ args: ["a"] }), processForm, subject), { args: ["a"] });
    assert.deepEqual(readJsonValue(resourcesToAny({ pids: { limit: 1 } }), resourcesForm, subject), {
      pids: { limit: 1 },
    });
  });

  it("reads bare JSON", () => {
    assert.deepEqual(readJsonValue({ typeUrl: jsonTypeUrl, value: bytes('{"a":1}') }, specForm, subject), { a: 1 });
  });

  it("passes over fields of a message that it does not know", () => {
    const value = new BinaryWriter()
      .tag(7, WireType.Varint)
      .uint32(1)
      .tag(1, WireType.LengthDelimited)
      .string('{"a":1}')
      .tag(9, WireType.LengthDelimited)
      .string("later")
      .finish();
    assert.deepEqual(readJsonValue({ typeUrl: message, value }, specForm, subject), { a: 1 });
  });

  it("rejects a message that is cut off with invalid-argument", () => {
    const { value } = specToAny({ ociVersion: "1.0.2" });
    throwsWith("invalid-argument", () =>
      readJsonValue({ typeUrl: message, value: value.subarray(0, -3) }, specForm, subject),
    );
  });

  it("rejects more than 4 MiB with invalid-argument", () => {
    const value = new Uint8Array(4 * 1024 * 1024 + 1).fill(0x20);
    throwsWith("invalid-argument", () => readJsonValue({ typeUrl: jsonTypeUrl, value }, specForm, subject));
  });

  it("rejects text that is no UTF-8 with invalid-argument", () => {
    const value = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
    throwsWith("invalid-argument", () => readJsonValue({ typeUrl: jsonTypeUrl, value }, specForm, subject));
  });

  for (const typeUrl of ["", "x", `${message}x`, `x${message}`, `${jsonTypeUrl}/`, `prefix/${jsonTypeUrl}`, "/"]) {
    it(`rejects the type ${JSON.stringify(typeUrl)} with invalid-argument that names those known`, () => {
      const error = throwsWith("invalid-argument", () =>
        readJsonValue({ typeUrl, value: bytes("{}") }, specForm, subject),
      );
      assert.ok(error.message.includes(message) && error.message.includes(jsonTypeUrl));
    });
  }
});
