import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { AnyValue } from "../any-value.ts";
import { OciSpecSchema } from "../gantry/types/v1/index.ts";
import { processFromAny, processToAny, resourcesFromAny, resourcesToAny, specFromAny, specToAny } from "./any.ts";

const forms = {
  spec: { name: "OciSpec", json: "Spec", to: specToAny, from: specFromAny },
  process: { name: "OciProcess", json: "Process", to: processToAny, from: processFromAny },
  resources: { name: "OciResources", json: "LinuxResources", to: resourcesToAny, from: resourcesFromAny },
};

// Something that no version names: what is not known is kept.
const value = { ociVersion: "1.2.0", unknown: { größe: ["ü", 1, null] } };
const text = JSON.stringify(value);

function bytes(json: string): Uint8Array {
  return new TextEncoder().encode(json);
}

/** A message of ours with any text in it; the three kinds have one form. */
function message(typeUrl: string, json: string): AnyValue {
  return { typeUrl, value: toBinary(OciSpecSchema, create(OciSpecSchema, { json })) };
}

for (const [kind, { name, json, to, from }] of Object.entries(forms)) {
  const jsonTypeUrl = `types.containerd.io/opencontainers/runtime-spec/1/${json}`;

  describe(`a ${kind} in an Any`, () => {
    it("is packed as a message of ours, and is the same afterwards", () => {
      const any = to(value);
      assert.equal(any.typeUrl, `type.googleapis.com/gantry.types.v1.${name}`);
      assert.equal(fromBinary(OciSpecSchema, any.value).json, text);
      assert.deepEqual(from(any), value);
    });

    for (const prefix of ["", "/", "type.googleapis.com/", "example.com/a/b/"]) {
      it(`is unpacked behind the prefix ${JSON.stringify(prefix)}`, () => {
        assert.deepEqual(from(message(`${prefix}gantry.types.v1.${name}`, text)), value);
      });
    }

    it("is unpacked from the JSON bytes of other clients", () => {
      assert.deepEqual(from({ typeUrl: jsonTypeUrl, value: bytes(text) }), value);
    });

    for (const typeUrl of [
      "",
      `x.${jsonTypeUrl}`,
      `type.googleapis.com/${jsonTypeUrl}`,
      `gantry.types.v1.${name}/`,
      `gantry.types.v2.${name}`,
      `x.gantry.types.v1.${name}`,
    ]) {
      it(`is refused under the type URL ${JSON.stringify(typeUrl)} with invalid-argument that names both known`, () => {
        assert.throws(
          () => from({ typeUrl, value: bytes(text) }),
          (error) => {
            assert.ok(error instanceof Error && "kind" in error && "subject" in error);
            assert.deepEqual([error.kind, error.subject], ["invalid-argument", { type: "spec", id: typeUrl }]);
            assert.ok(error.message.includes(`gantry.types.v1.${name}`) && error.message.includes(jsonTypeUrl));
            return true;
          },
        );
      });
    }

    for (const broken of ["", "{", "[]", "null", "1", '"text"', "{} x"]) {
      it(`is refused in both forms with invalid-argument when it holds ${JSON.stringify(broken)}`, () => {
        assert.throws(() => from(message(`gantry.types.v1.${name}`, broken)), { kind: "invalid-argument" });
        assert.throws(() => from({ typeUrl: jsonTypeUrl, value: bytes(broken) }), { kind: "invalid-argument" });
      });
    }

    it("is refused with invalid-argument when its bytes are no message, or no UTF-8", () => {
      assert.throws(() => from({ typeUrl: `gantry.types.v1.${name}`, value: new Uint8Array([255]) }), {
        kind: "invalid-argument",
      });
      const latin1 = new Uint8Array([0x7b, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d]);
      assert.throws(() => from({ typeUrl: jsonTypeUrl, value: latin1 }), { kind: "invalid-argument" });
    });
  });
}

describe("a spec with a property __proto__", () => {
  it("keeps it as a property like any other", () => {
    const any = { typeUrl: "gantry.types.v1.OciSpec", value: message("", '{"__proto__":{"root":{}}}').value };
    const spec = specFromAny(any);
    assert.equal(spec.root, undefined);
    assert.deepEqual(Object.keys(spec), ["__proto__"]);
  });
});
