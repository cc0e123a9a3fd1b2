import { OperationError } from "@gantry/api";

/** Says why a filter cannot be read. */
export function unreadableFilter(filter: string, detail: string, cause?: unknown): OperationError {
  return new OperationError("invalid-argument", { type: "request", id: filter }, `the filter ${detail}`, { cause });
}
