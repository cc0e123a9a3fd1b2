import type { AnyValue, Mount, ProcessState, Stdio } from "@gantry/api";
import type { Container, ContainerStatus as StatusMessage } from "@gantry/api/gantry/containers/v1";
import {
  dateFromMessage,
  labelsFromMessage,
  labelsToMessage,
  mountToMessage,
  processStateFromMessage,
  stdioToMessage,
} from "@gantry/api/wire";
import {
  type HealthCheck,
  healthCheckFromMessage,
  healthCheckToMessage,
  type RestartPolicy,
  restartPolicyFromMessage,
  restartPolicyToMessage,
  type Supervision,
  supervisionFromMessage,
} from "./supervision.ts";
import { anyFromMessage, anyToMessage, required } from "./values.ts";

/** The daemon's record of a container. */
export interface ContainerRecord {
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Name of the image it was made from, for people; `""` if there is none. */
  readonly image: string;
  readonly runtime: string;
  /** As it came; `specFromAny` reads it. */
  readonly spec: AnyValue;
  /** Snapshotter and key of the Active snapshot that its root file system is; `null` if the mounts came from elsewhere. */
  readonly snapshot: { readonly snapshotter: string; readonly key: string } | null;
  /** Whether the snapshot is removed with the container. */
  readonly ownsSnapshot: boolean;
  /** Whether the daemon deletes the container as soon as its init process has ended. */
  readonly deleteOnExit: boolean;
  readonly extensions: ReadonlyMap<string, AnyValue>;
  /** What the daemon does when its init process has ended. */
  readonly restartPolicy: RestartPolicy;
  /** How the daemon finds out whether it does its work; `null` if not at all. */
  readonly healthCheck: HealthCheck | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A record, and where the container stands. */
export interface ContainerStatus extends ContainerRecord {
  readonly state: ProcessState;
  /** Why the state is `unknown`; `""` else. */
  readonly reason: string;
  /** What the daemon does about it. */
  readonly supervision: Supervision;
}

/** What `ContainersClient.create` makes. Exactly one of `snapshot` and `rootfs` is given. */
export interface ContainerRequest {
  readonly id: string;
  readonly spec: AnyValue;
  /** The Active snapshot that is its root file system. */
  readonly snapshot?: {
    readonly key: string;
    /** Default: the daemon's default. */
    readonly snapshotter?: string;
    /** Whether it is removed with the container. Default: false. */
    readonly owned?: boolean;
  };
  /** How to show its root file system, where that is no snapshot of the daemon's. */
  readonly rootfs?: readonly Mount[];
  /** Default: `none`. */
  readonly stdio?: Stdio;
  /** Name of the image, for people. Default: none. */
  readonly image?: string;
  /** Default: the daemon's default. */
  readonly runtime?: string;
  readonly runtimeOptions?: AnyValue;
  /**
   * Absolute path, on the daemon's host, of a directory that `checkpoint` filled: `start` has the processes in it go on,
   * in place of the program that `spec` names. The rest of the spec, the root file system and the kind of stdio have to be
   * as they were. Default: none.
   */
  readonly checkpoint?: string;
  readonly labels?: ReadonlyMap<string, string>;
  readonly extensions?: ReadonlyMap<string, AnyValue>;
  /** Whether the daemon deletes it as soon as its init process has ended. Default: false. */
  readonly deleteOnExit?: boolean;
  /** What the daemon does when its init process has ended. Default: nothing. */
  readonly restartPolicy?: RestartPolicy;
  /** Default: its health is not checked. */
  readonly healthCheck?: HealthCheck;
}

export function requestToMessage(request: ContainerRequest) {
  const {
    extensions = new Map<string, AnyValue>(),
    image = "",
    labels = new Map(),
    rootfs = [],
    runtime = "",
  } = request;
  const { checkpoint = "", deleteOnExit = false, runtimeOptions, snapshot, stdio = { kind: "none" } } = request;
  return {
    container: {
      id: request.id,
      spec: anyToMessage(request.spec),
      snapshotKey: snapshot?.key ?? "",
      snapshotter: snapshot?.snapshotter ?? "",
      ownsSnapshot: snapshot?.owned ?? false,
      labels: labelsToMessage(labels),
      extensions: Object.fromEntries([...extensions].map(([name, any]) => [name, anyToMessage(any)])),
      image,
      runtime,
      deleteOnExit,
      ...(request.restartPolicy !== undefined && { restartPolicy: restartPolicyToMessage(request.restartPolicy) }),
      ...(request.healthCheck !== undefined && { healthCheck: healthCheckToMessage(request.healthCheck) }),
    },
    rootfs: rootfs.map(mountToMessage),
    stdio: stdioToMessage(stdio),
    checkpoint,
    ...(runtimeOptions !== undefined && { runtimeOptions: anyToMessage(runtimeOptions) }),
  };
}

export function recordFrom(message: Container | undefined): ContainerRecord {
  const { id, image, runtime, snapshotter, snapshotKey, ...rest } = required(message, "container");
  return {
    id,
    image,
    runtime,
    labels: labelsFromMessage(rest.labels),
    spec: anyFromMessage(required(rest.spec, "container.spec")),
    snapshot: snapshotKey === "" ? null : { snapshotter, key: snapshotKey },
    ownsSnapshot: rest.ownsSnapshot,
    deleteOnExit: rest.deleteOnExit,
    extensions: new Map(Object.entries(rest.extensions).map(([name, any]) => [name, anyFromMessage(any)])),
    restartPolicy: restartPolicyFromMessage(rest.restartPolicy),
    healthCheck: healthCheckFromMessage(rest.healthCheck),
    createdAt: dateFromMessage(rest.createdAt),
    updatedAt: dateFromMessage(rest.updatedAt),
  };
}

export function statusFrom(message: StatusMessage | undefined): ContainerStatus {
  const { container, state, reason, supervision } = required(message, "container");
  return {
    ...recordFrom(container),
    state: processStateFromMessage(state),
    reason,
    supervision: supervisionFromMessage(supervision),
  };
}
