import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type { CreateLeaseRequest, LeaseSchema, LeaseService, Resource } from "@gantry/api/gantry/leases/v1";
import { dateFromMessage, dateToMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import type { GarbageCollector } from "../core/gc/garbage-collector.ts";
import type { GcObject } from "../core/gc/gc-object.ts";
import type { LeaseRef, Leases, NewLease } from "../core/leases/leases.ts";
import { namespaceOf } from "../interceptors/call-context.ts";
import type { LeaseRecord } from "../store/lease-table.ts";

/** Serves `gantry.leases.v1.LeaseService`. */
export function createLeaseService(leases: Leases, collector: GarbageCollector): ServiceImpl<typeof LeaseService> {
  return {
    createLease: async (request, context) => {
      return { lease: leaseToMessage(await leases.create(newLeaseFrom(request, context))) };
    },
    deleteLease: async ({ id, sync }, context) => {
      leases.delete(refOf(id, context));
      if (sync) await collector.collect(namespaceOf(context), { signal: context.signal });
      return {};
    },
    listLeases: (_request, context) => ({ leases: leases.list(namespaceOf(context)).map(leaseToMessage) }),
    addResource: async ({ id, resource }, context) => {
      await leases.addResource(refOf(id, context), objectFrom(resource));
      return {};
    },
    removeResource: ({ id, resource }, context) => {
      leases.removeResource(refOf(id, context), objectFrom(resource));
      return {};
    },
    listResources: ({ id }, context) => {
      return { resources: leases.resources(refOf(id, context)).map(({ type, id: name }) => ({ type, id: name })) };
    },
  };
}

/** Returns the object that a request names. Throws `invalid-argument`: it names none. */
export function objectFrom(resource: Resource | undefined): GcObject {
  if (resource !== undefined) return { type: resource.type, id: resource.id };
  throw new OperationError("invalid-argument", { type: "request", id: "resource" }, "is missing");
}

function newLeaseFrom({ lease, lifetimeSeconds }: CreateLeaseRequest, context: HandlerContext): NewLease {
  const ref = { ...refOf(lease?.id ?? "", context), labels: labelsFromMessage(lease?.labels ?? {}) };
  if (lifetimeSeconds > 0) return { ...ref, end: { afterMs: lifetimeSeconds * 1000 } };
  return lease?.expiresAt === undefined ? ref : { ...ref, end: { at: dateFromMessage(lease.expiresAt) } };
}

function refOf(id: string, context: HandlerContext): LeaseRef {
  return { namespace: namespaceOf(context), id };
}

function leaseToMessage({ id, labels, createdAt, expiresAt }: LeaseRecord): MessageInitShape<typeof LeaseSchema> {
  const end = expiresAt === null ? {} : { expiresAt: dateToMessage(expiresAt) };
  return { id, labels: labelsToMessage(labels), createdAt: dateToMessage(createdAt), ...end };
}
