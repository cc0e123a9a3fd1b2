import type { StoredEvent } from "../../store/event-table.ts";
import type { FieldReader } from "../filter/filter.ts";

/** Fields of an event that a filter can ask for. */
export const eventFields = ["topic", "subject", "namespace"] as const;

/** Reads the fields of an event for a filter. */
export function eventFieldReader(event: StoredEvent): FieldReader {
  const values = new Map([
    ["topic", event.topic],
    ["subject", event.subject],
    ["namespace", event.namespace],
  ]);
  return ([field = "", ...rest]) => (rest.length === 0 ? values.get(field) : undefined);
}
