// What both entries share: what a client's areas take and return. The areas themselves are `Client["containers"]` and so on.
export type { Mount } from "@gantry/api";
export type { Client } from "./client.ts";
export type { ContainerRecord, ContainerRequest, ContainerStatus } from "./container-record.ts";
export type { PastExit } from "./container-supervision.ts";
export type { DaemonEvent } from "./events.ts";
export type { ExecRequest, RunningExec } from "./exec.ts";
export type { CollectedGarbage, KeepingStep } from "./gc.ts";
export type { ImageRecord } from "./images.ts";
export type { LeaseInfo, ObjectRef } from "./leases.ts";
export type { RemoteProcess } from "./remote-process.ts";
export type { RunningContainer, RunOptions } from "./run.ts";
export type { SnapshotChange } from "./snapshots.ts";
export type { HealthCheck, RestartPolicy, Supervision } from "./supervision.ts";
export type { TokenInfo } from "./tokens.ts";
