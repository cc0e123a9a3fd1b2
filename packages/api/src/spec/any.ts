import type { DescMessage } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { AnyValue } from "../any-value.ts";
import { OperationError } from "../errors.ts";
import { OciProcessSchema, OciResourcesSchema, OciSpecSchema } from "../gen/gantry/types/v1/oci_pb.ts";
import type { OciProcess, OciResources, OciSpec } from "./oci.ts";

/** What travels inside an `Any` in two forms: a message of ours that holds JSON text, or bare JSON bytes. */
interface JsonForm {
  /** Our message, whose first field `json` holds the text. */
  readonly schema: DescMessage;
  /** Type URL under which other container clients send the JSON bytes; compared as a whole. */
  readonly jsonTypeUrl: string;
}

const specForm: JsonForm = {
  schema: OciSpecSchema,
  jsonTypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
};
const processForm: JsonForm = {
  schema: OciProcessSchema,
  jsonTypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Process",
};
const resourcesForm: JsonForm = {
  schema: OciResourcesSchema,
  jsonTypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
};

/** Packs a spec as `gantry.types.v1.OciSpec`. */
export function specToAny(spec: OciSpec): AnyValue {
  return pack(specForm, spec);
}

/**
 * Unpacks a spec of either form.
 *
 * Throws `invalid-argument`: another type URL (the message names those accepted), or no JSON object.
 */
export function specFromAny(any: AnyValue): OciSpec {
  return unpack<OciSpec>(specForm, any);
}

/** Packs the process of an exec as `gantry.types.v1.OciProcess`. */
export function processToAny(process: OciProcess): AnyValue {
  return pack(processForm, process);
}

/** Unpacks the process of an exec; throws as {@link specFromAny}. */
export function processFromAny(any: AnyValue): OciProcess {
  return unpack<OciProcess>(processForm, any);
}

/** Packs resource limits as `gantry.types.v1.OciResources`. */
export function resourcesToAny(resources: OciResources): AnyValue {
  return pack(resourcesForm, resources);
}

/** Unpacks resource limits; throws as {@link specFromAny}. */
export function resourcesFromAny(any: AnyValue): OciResources {
  return unpack<OciResources>(resourcesForm, any);
}

function pack(form: JsonForm, value: unknown): AnyValue {
  const json = JSON.stringify(value);
  return {
    typeUrl: `type.googleapis.com/${form.schema.typeName}`,
    value: toBinary(form.schema, create(form.schema, { json })),
  };
}

function unpack<T>(form: JsonForm, any: AnyValue): T {
  const value: unknown = parse(any, jsonText(form, any));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw specError(any, "holds no JSON object");
  }
  // Only its being an object is certain here; who applies a property checks it.
  return value as T;
}

function jsonText(form: JsonForm, any: AnyValue): string {
  try {
    if (any.typeUrl === form.jsonTypeUrl) {
      return new TextDecoder("utf-8", { fatal: true }).decode(any.value);
    }
    if (any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1) === form.schema.typeName) {
      return (fromBinary(form.schema, any.value) as unknown as { json: string }).json;
    }
  } catch (cause) {
    throw specError(any, "its bytes cannot be read as its type", cause);
  }
  throw specError(any, `unknown type, expected ${form.schema.typeName} or ${form.jsonTypeUrl}`);
}

function parse(any: AnyValue, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw specError(any, `holds no valid JSON (${cause instanceof Error ? cause.message : cause})`, cause);
  }
}

function specError(any: AnyValue, detail: string, cause?: unknown): OperationError {
  return new OperationError("invalid-argument", { type: "spec", id: any.typeUrl }, detail, { cause });
}
