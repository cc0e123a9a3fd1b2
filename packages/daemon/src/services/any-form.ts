import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import type { AnyValue } from "@gantry/api";
import { OciSpecSchema, OpaqueSchema } from "@gantry/api/gantry/types/v1";
import { createJsonRegistry } from "./json-registry.ts";

/** The type under which other container clients send a spec: JSON bytes, which are no message at all. */
const foreignSpecType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

const registry = createJsonRegistry();

/** Writes an Any into an answer. */
export type AnyForm = (value: AnyValue) => Any;

/**
 * Returns how an Any travels in the answer to a call. In the binary form it is as it came. JSON spells out the fields of
 * an Any's message, so that what is not a message known here would make the whole answer fail; there a spec in the form
 * of other clients becomes ours, with the same text, and everything else an Opaque.
 */
export function anyFormFor(context: HandlerContext): AnyForm {
  return speaksJson(context) ? toReadableAny : toAny;
}

/** Reads an Any out of a request; an Opaque is what it stands for. */
export function anyFromMessage(message: Any | undefined): AnyValue | undefined {
  if (message === undefined) return undefined;
  if (nameOf(message.typeUrl) !== OpaqueSchema.typeName) return { typeUrl: message.typeUrl, value: message.value };
  const { typeUrl, value } = fromBinary(OpaqueSchema, message.value);
  return { typeUrl, value };
}

function speaksJson({ requestHeader }: HandlerContext): boolean {
  return /^application\/(?:(?:connect|grpc|grpc-web)\+)?json\b/.test(requestHeader.get("content-type") ?? "");
}

function toAny({ typeUrl, value }: AnyValue): Any {
  return create(AnySchema, { typeUrl, value: new Uint8Array(value) });
}

function toReadableAny(any: AnyValue): Any {
  if (any.typeUrl === foreignSpecType) return toForeignSpec(any);
  return isReadable(any) ? toAny(any) : toOpaque(any);
}

function toForeignSpec(any: AnyValue): Any {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(any.value);
    return pack(OciSpecSchema.typeName, toBinary(OciSpecSchema, create(OciSpecSchema, { json })));
  } catch {
    return toOpaque(any);
  }
}

/** A type that is known is not enough: the bytes come from a client, and must be those of a message of that type. */
function isReadable({ typeUrl, value }: AnyValue): boolean {
  const schema = registry.getMessage(nameOf(typeUrl));
  if (schema === undefined) return false;
  try {
    fromBinary(schema, value);
    return true;
  } catch {
    return false;
  }
}

function toOpaque({ typeUrl, value }: AnyValue): Any {
  const opaque = create(OpaqueSchema, { typeUrl, value: new Uint8Array(value) });
  return pack(OpaqueSchema.typeName, toBinary(OpaqueSchema, opaque));
}

function pack(typeName: string, value: Uint8Array<ArrayBuffer>): Any {
  return create(AnySchema, { typeUrl: `type.googleapis.com/${typeName}`, value });
}

function nameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}
