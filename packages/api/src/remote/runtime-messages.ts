import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import type { AnyValue } from "../any-value.ts";
import type { ContainerInfo, ExecRequest } from "../container.ts";
import {
  type Capabilities,
  type ContainerInfoSchema,
  type CreateRequestSchema,
  EventType,
  type ExecRequestSchema,
  type GetInfoResponse,
  type GetInfoResponseSchema,
  type ProcessRef,
  type CreateRequest as RpcCreateRequest,
  type ExecRequest as RpcExecRequest,
  type StreamEventsResponse,
  type StreamEventsResponseSchema,
} from "../gantry/runtime/v1/index.ts";
import type { Exit as ExitMessage } from "../gantry/types/v1/index.ts";
import type { Exit, Signal } from "../process.ts";
import type { CreateRequest, Runtime, RuntimeCapabilities, RuntimeEvent, RuntimeInfo } from "../runtime.ts";
import {
  dateToMessage,
  exitFromMessage,
  exitToMessage,
  labelsFromMessage,
  labelsToMessage,
  mountFromMessage,
  mountToMessage,
  stdioFromMessage,
  stdioToMessage,
} from "../wire/index.ts";

export function anyToMessage({ typeUrl, value }: AnyValue): Any {
  return create(AnySchema, { typeUrl, value: new Uint8Array(value) });
}

/** One that is absent becomes one of an unknown type, which the implementation refuses by name. */
export function anyFromMessage(message: Any | undefined): AnyValue {
  return { typeUrl: message?.typeUrl ?? "", value: message?.value ?? new Uint8Array() };
}

export function capabilitiesFromMessage(message: Capabilities | undefined): RuntimeCapabilities {
  return {
    exec: message?.exec ?? false,
    pause: message?.pause ?? false,
    update: message?.update ?? false,
    stats: message?.stats ?? false,
    checkpoint: message?.checkpoint ?? false,
    terminal: message?.terminal ?? false,
    stdin: message?.stdin ?? false,
    pipes: message?.pipes ?? false,
    oomDetection: message?.oomDetection ?? false,
  };
}

/** Returns what a runtime says about itself, and what it can do. */
export function runtimeInfoToMessage(
  info: RuntimeInfo,
  runtime: Runtime,
): MessageInitShape<typeof GetInfoResponseSchema> {
  const { id, version, platform, details } = info;
  return {
    id,
    version,
    os: platform.os,
    architecture: platform.architecture,
    capabilities: { ...runtime.capabilities, events: runtime.events !== undefined },
    details: labelsToMessage(details),
  };
}

export function runtimeInfoFromMessage(message: GetInfoResponse): RuntimeInfo {
  const { id, version, os, architecture } = message;
  return { id, version, platform: { os, architecture }, details: labelsFromMessage(message.details) };
}

export function containerInfoToMessage(info: ContainerInfo): MessageInitShape<typeof ContainerInfoSchema> {
  return { namespace: info.namespace, id: info.id, createdAt: dateToMessage(info.createdAt) };
}

export function createRequestToMessage(request: CreateRequest): MessageInitShape<typeof CreateRequestSchema> {
  const { namespace, id, options, checkpoint = "" } = request;
  return {
    container: { namespace, id },
    spec: anyToMessage(request.spec),
    rootfs: request.rootfs.map(mountToMessage),
    stdio: stdioToMessage(request.stdio),
    checkpoint,
    ...(options && { options: anyToMessage(options) }),
  };
}

export function createRequestFromMessage(message: RpcCreateRequest): CreateRequest {
  return {
    namespace: message.container?.namespace ?? "",
    id: message.container?.id ?? "",
    spec: anyFromMessage(message.spec),
    rootfs: message.rootfs.map(mountFromMessage),
    stdio: stdioFromMessage(message.stdio),
    ...(message.options && { options: anyFromMessage(message.options) }),
    ...(message.checkpoint !== "" && { checkpoint: message.checkpoint }),
  };
}

/** @param container - the container that gets the process */
export function execRequestToMessage(
  container: Pick<ContainerInfo, "namespace" | "id">,
  request: ExecRequest,
): MessageInitShape<typeof ExecRequestSchema> {
  const { namespace, id } = container;
  return {
    process: { namespace, id, execId: request.id },
    spec: anyToMessage(request.process),
    stdio: stdioToMessage(request.stdio),
  };
}

export function execRequestFromMessage(message: RpcExecRequest): ExecRequest {
  return {
    id: message.process?.execId ?? "",
    process: anyFromMessage(message.spec),
    stdio: stdioFromMessage(message.stdio),
  };
}

/** One that is absent says that the process never ran. */
export function exitOf(message: ExitMessage | undefined): Exit | null {
  return message === undefined ? null : exitFromMessage(message);
}

/** A number travels as its digits. */
export function signalFromMessage(signal: string): Signal {
  return /^\d+$/.test(signal) ? Number(signal) : signal;
}

export function eventToMessage(event: RuntimeEvent): MessageInitShape<typeof StreamEventsResponseSchema> {
  const { namespace, containerId, processId } = event;
  return {
    type: event.type === "exit" ? EventType.EXIT : EventType.OOM,
    process: { namespace, id: containerId, execId: processId === containerId ? "" : processId },
    ...(event.exit && { exit: exitToMessage(event.exit) }),
  };
}

/** Returns `null` for a type of event that this version does not know. */
export function eventFromMessage(message: StreamEventsResponse): RuntimeEvent | null {
  if (message.type !== EventType.EXIT && message.type !== EventType.OOM) {
    return null;
  }
  const { namespace = "", id: containerId = "", execId = "" } = (message.process ?? {}) satisfies Partial<ProcessRef>;
  return {
    type: message.type === EventType.EXIT ? "exit" : "oom",
    namespace,
    containerId,
    processId: execId || containerId,
    exit: exitOf(message.exit),
  };
}
