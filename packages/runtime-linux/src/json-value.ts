import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type AnyValue, OperationError, type Subject } from "@gantry/api";
import { isObject, type JsonObject, parseJson } from "./lossless-json.ts";

/** The two forms in which one kind of JSON document travels as {@link AnyValue}. */
export interface JsonForm {
  /** Full name of a message whose field 1 is the JSON text; any prefix before the last `/` is accepted. */
  readonly message: string;
  /** Type URL, compared as a whole, of the bare JSON bytes that other container clients send. */
  readonly jsonTypeUrl: string;
}

const ociTypes = "types.containerd.io/opencontainers/runtime-spec/1";

export const specForm: JsonForm = { message: "gantry.types.v1.OciSpec", jsonTypeUrl: `${ociTypes}/Spec` };
export const processForm: JsonForm = { message: "gantry.types.v1.OciProcess", jsonTypeUrl: `${ociTypes}/Process` };
export const resourcesForm: JsonForm = {
  message: "gantry.types.v1.OciResources",
  jsonTypeUrl: `${ociTypes}/LinuxResources`,
};

/** As large as the API lets a spec be. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Returns the JSON object in `value`.
 *
 * Throws `invalid-argument`: the type is none of `form`, which the message names; the bytes are no such message, no
 * UTF-8, no JSON or no object, or more than 4 MiB.
 */
export function readJsonValue(value: AnyValue, form: JsonForm, subject: Subject): JsonObject {
  const invalid = (detail: string, cause?: unknown) =>
    new OperationError("invalid-argument", subject, detail, { cause });
  const isMessage = value.typeUrl.slice(value.typeUrl.lastIndexOf("/") + 1) === form.message;
  if (!isMessage && value.typeUrl !== form.jsonTypeUrl) {
    const given = JSON.stringify(value.typeUrl.slice(0, 256));
    throw invalid(`unknown type ${given}, expected ${form.message} or ${form.jsonTypeUrl}`);
  }
  if (value.value.length > maxBytes) {
    throw invalid(`${value.value.length} bytes, expected at most ${maxBytes}`);
  }
  let document: unknown;
  try {
    const text = isMessage ? readFirstField(value.value) : value.value;
    document = parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text));
  } catch (error) {
    throw invalid(`not readable as JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (!isObject(document)) {
    throw invalid("expected a JSON object");
  }
  return document;
}

/** Field 1 of a message, read without its descriptor, which would bring all validation rules with it into memory. */
function readFirstField(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  let text: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1 && wireType === WireType.LengthDelimited) {
      text = reader.bytes();
    } else {
      reader.skip(wireType, field);
    }
  }
  return text;
}
