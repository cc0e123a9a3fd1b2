import type { FieldReader } from "../filter/filter.ts";
import type { ContainerView } from "./container-state.ts";

/** Fields of a container that a filter can ask for. */
export const containerFields = ["id", "image", "runtime", "status", "labels"] as const;

/** Reads the fields of a container for a filter. */
export function containerFieldReader({ record, state }: ContainerView): FieldReader {
  const values = new Map<string, string>([
    ["id", record.id],
    ["image", record.image],
    ["runtime", record.runtime],
    ["status", state.status],
  ]);
  return ([field = "", ...rest]) => {
    // A label's key may hold dots; unquoted, each begins a part of the path.
    if (field === "labels") return record.labels.get(rest.join("."));
    return rest.length === 0 ? values.get(field) : undefined;
  };
}
