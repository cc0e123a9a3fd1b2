import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { type AnyValue, OperationError } from "@gantry/api";
import {
  type Container,
  ContainerSchema,
  type ContainerStatusSchema,
  type CreateContainerRequest,
} from "@gantry/api/gantry/containers/v1";
import {
  dateToMessage,
  labelsFromMessage,
  labelsToMessage,
  mountFromMessage,
  processStateToMessage,
  stdioFromMessage,
} from "@gantry/api/wire";
import type { ContainerView } from "../core/containers/container-state.ts";
import type { NewContainer } from "../core/containers/create-container.ts";
import type { ContainerRecord } from "../store/container-table.ts";
import { type AnyForm, anyFromMessage } from "./any-form.ts";
import {
  healthCheckFromMessage,
  restartPolicyFromMessage,
  restartPolicyToMessage,
  supervisionToMessage,
} from "./supervision-messages.ts";

/** Writes a record into an answer. */
export function containerToMessage(record: ContainerRecord, form: AnyForm): Container {
  const { id, image, runtime, snapshotter, snapshotKey, ownsSnapshot, deleteOnExit } = record;
  return create(ContainerSchema, {
    ...{ id, image, runtime, snapshotter, snapshotKey, ownsSnapshot, deleteOnExit },
    labels: labelsToMessage(record.labels),
    spec: form(record.spec),
    extensions: extensionsToMessage(record.extensions, form),
    ...(record.restartPolicy.mode !== "no" && { restartPolicy: restartPolicyToMessage(record.restartPolicy) }),
    ...(record.healthCheck !== null && { healthCheck: { ...record.healthCheck, args: [...record.healthCheck.args] } }),
    createdAt: dateToMessage(record.createdAt),
    updatedAt: dateToMessage(record.updatedAt),
  });
}

/** Writes a record and where the container stands into an answer. */
export function viewToMessage(view: ContainerView, form: AnyForm): MessageInitShape<typeof ContainerStatusSchema> {
  return {
    container: containerToMessage(view.record, form),
    state: processStateToMessage(view.state),
    reason: view.reason,
    supervision: supervisionToMessage(view.supervision),
  };
}

/**
 * Reads what to make.
 *
 * Throws `invalid-argument`: the spec is missing
 */
export function newContainerFrom(namespace: string, request: CreateContainerRequest): NewContainer {
  const container = request.container ?? create(ContainerSchema);
  const spec = anyFromMessage(container.spec);
  if (spec === undefined)
    throw new OperationError("invalid-argument", { type: "container", id: container.id }, "needs a spec");
  const { id, image, runtime, snapshotter, snapshotKey, ownsSnapshot, deleteOnExit } = container;
  const options = anyFromMessage(request.runtimeOptions);
  return {
    ...{ namespace, id, image, runtime, spec, snapshotter, snapshotKey, ownsSnapshot, deleteOnExit },
    labels: labelsFromMessage(container.labels),
    extensions: extensionsFromMessage(container),
    restartPolicy: restartPolicyFromMessage(container.restartPolicy),
    healthCheck: healthCheckFromMessage(container.healthCheck),
    rootfs: request.rootfs.map(mountFromMessage),
    stdio: stdioFromMessage(request.stdio),
    ...(options && { options }),
    ...(request.checkpoint !== "" && { checkpoint: request.checkpoint }),
  };
}

/** Reads the extensions of a record. */
export function extensionsFromMessage({ extensions }: Container): ReadonlyMap<string, AnyValue> {
  const entries = Object.entries(extensions).map(([name, any]) => [name, anyFromMessage(any)] as const);
  return new Map(entries.flatMap(([name, any]) => (any === undefined ? [] : [[name, any] as const])));
}

function extensionsToMessage(extensions: ReadonlyMap<string, AnyValue>, form: AnyForm): { [name: string]: Any } {
  const message: { [name: string]: Any } = Object.create(null);
  for (const [name, any] of extensions) message[name] = form(any);
  return message;
}
