// What both entries share. For those who call a daemon: the areas of a client, and what they take and return.
export type { Client } from "./client.ts";
export type { ContainerRecord, ContainerRequest, ContainerStatus } from "./container-record.ts";
export type { ContainersClient } from "./containers.ts";
export type { ContentClient } from "./content.ts";
export type { DaemonEvent, EventsClient } from "./events.ts";
export type { ExecRequest, RunningExec } from "./exec.ts";
export type { ImageRecord, ImagesClient } from "./images.ts";
export type { RemoteProcess } from "./remote-process.ts";
export type { RunningContainer, RunOptions } from "./run.ts";
export type { SnapshotsClient } from "./snapshots.ts";
