// For everybody: errors and values.
export type { AnyValue } from "./any-value.ts";
export type { CallOptions } from "./call-options.ts";
export type { ErrorKind, OperationErrorOptions, Subject, SubjectType } from "./errors.ts";
export { errorKinds, isOperationError, OperationError } from "./errors.ts";
export type { Mount } from "./mount.ts";
// For those who use or write a snapshotter.
export type {
  SnapshotFilter,
  SnapshotInfo,
  SnapshotKind,
  SnapshotOptions,
  Snapshotter,
  SnapshotterCapabilities,
  SnapshotUpdate,
  SnapshotUpdateOptions,
  SnapshotUsage,
} from "./snapshotter.ts";
// For those who use or write a runtime.
export type {
  CheckpointOptions,
  Container,
  ContainerInfo,
  DeleteOptions,
  ExecRequest,
  KillOptions,
  ProcessInfo,
} from "./container.ts";
export type {
  Exit,
  OutputFrame,
  OutputOptions,
  Process,
  ProcessState,
  ProcessStatus,
  Signal,
  Stdio,
  TerminalSize,
} from "./process.ts";
export type {
  CreateRequest,
  LoadedContainer,
  Runtime,
  RuntimeCapabilities,
  RuntimeEvent,
  RuntimeInfo,
} from "./runtime.ts";
export type { ContainerStats, HugetlbStats } from "./stats.ts";
// For those who write plug-ins.
export { checkIdentifier } from "./identifier.ts";
export { checkLabels } from "./labels.ts";
