import { create } from "@bufbuild/protobuf";
import type { Snapshot as SnapshotMessage } from "../gantry/snapshots/v1/index.ts";
import { SnapshotKind as KindCode, SnapshotSchema } from "../gantry/snapshots/v1/index.ts";
import type { SnapshotInfo } from "../snapshotter.ts";
import { dateFromMessage, dateToMessage, labelsFromMessage, labelsToMessage } from "./values.ts";

export function snapshotToMessage(info: SnapshotInfo): SnapshotMessage {
  return create(SnapshotSchema, {
    name: info.name,
    kind: info.kind === "active" ? KindCode.ACTIVE : KindCode.COMMITTED,
    parent: info.parent ?? "",
    readonly: info.readonly,
    labels: labelsToMessage(info.labels),
    createdAt: dateToMessage(info.createdAt),
    updatedAt: dateToMessage(info.updatedAt),
  });
}

export function snapshotFromMessage(message: SnapshotMessage): SnapshotInfo {
  return {
    name: message.name,
    kind: message.kind === KindCode.COMMITTED ? "committed" : "active",
    parent: message.parent || null,
    readonly: message.readonly,
    labels: labelsFromMessage(message.labels),
    createdAt: dateFromMessage(message.createdAt),
    updatedAt: dateFromMessage(message.updatedAt),
  };
}
