import { create } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { type AnyValue, OperationError } from "@gantry/api";

/** Returns `any` for a message; an absent one stays absent. */
export function anyToMessage(any: AnyValue): Any {
  return create(AnySchema, { typeUrl: any.typeUrl, value: new Uint8Array(any.value) });
}

/** Returns the value of a message. */
export function anyFromMessage(any: Any): AnyValue {
  return { typeUrl: any.typeUrl, value: any.value };
}

/** Returns what an answer must hold. Throws `internal`: it does not, so the daemon breaks the contract. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) {
    throw new OperationError("internal", { type: "request", id: field }, "is missing in the daemon's answer");
  }
  return value;
}
