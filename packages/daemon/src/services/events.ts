import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type {
  EventSchema,
  EventService,
  SubscribeRequest,
  SubscribeResponseSchema,
} from "@gantry/api/gantry/events/v1";
import { dateToMessage, exitToMessage, labelsToMessage } from "@gantry/api/wire";
import { callerOf } from "../access/caller.ts";
import { eventFieldReader, eventFields } from "../core/events/event-fields.ts";
import type { EventLog } from "../core/events/event-log.ts";
import { compileFilters } from "../core/filter/filter.ts";
import { namespaceOf } from "../interceptors/call-context.ts";
import type { StoredEvent } from "../store/event-table.ts";

/** Serves `gantry.events.v1.EventService`. */
export function createEventService(events: EventLog): ServiceImpl<typeof EventService> {
  return { subscribe: (request, context) => subscribe(events, request, context) };
}

async function* subscribe(
  events: EventLog,
  request: SubscribeRequest,
  context: HandlerContext,
): AsyncGenerator<MessageInitShape<typeof SubscribeResponseSchema>, void, void> {
  const { afterSequence, fromNow, follow, filters, allNamespaces } = request;
  const matches = await compileFilters(filters, eventFields);
  if (allNamespaces) needAllNamespaces(context);
  const namespace = allNamespaces ? null : namespaceOf(context);
  const deliveries = events.subscribe({
    ...{ afterSequence, fromNow, follow, namespace },
    matches: (event) => matches(eventFieldReader(event)),
    signal: context.signal,
  });
  for await (const { event, cursor } of deliveries) {
    yield event === null ? { cursor } : { cursor, event: eventToMessage(event) };
  }
}

function needAllNamespaces(context: HandlerContext): void {
  if (callerOf(context).grant?.namespaces === "all") return;
  const subject = { type: "request", id: "all_namespaces" } as const;
  throw new OperationError("permission-denied", subject, "needs the role reader in all namespaces");
}

function eventToMessage(event: StoredEvent): MessageInitShape<typeof EventSchema> {
  const { sequence, occurredAt, namespace, topic, subject, execId, exit, attributes } = event;
  return {
    ...{ sequence, namespace, topic, subject, execId },
    occurredAt: dateToMessage(occurredAt),
    attributes: labelsToMessage(attributes),
    ...(exit !== null && { exit: exitToMessage(exit) }),
  };
}
