import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import {
  CommitSnapshotRequestSchema,
  ListSnapshotsRequestSchema,
  PrepareSnapshotRequestSchema,
  RemoveSnapshotRequestSchema,
  StatSnapshotRequestSchema,
} from "@gantry/api/gantry/snapshots/v1";
import { type GrpcCaller, openGrpcCaller } from "../harness/grpc-caller.ts";

/** The snapshots of a daemon, each call being one gRPC call over its unix socket. */
export interface SnapshotCalls extends Disposable {
  prepare(key: string, parent: string): Promise<unknown>;
  commit(name: string, key: string): Promise<unknown>;
  remove(name: string): Promise<unknown>;
  stat(name: string): Promise<unknown>;
  /** Reads all of them. */
  walk(): Promise<unknown>;
}

/** Of gantryd, in its overlay snapshotter. */
export async function openGantrySnapshots(socket: string): Promise<SnapshotCalls> {
  const caller = await openGrpcCaller(socket, {});
  const send = <Desc extends DescMessage>(method: string, schema: Desc, message: MessageInitShape<Desc>) =>
    caller.call(`/gantry.snapshots.v1.SnapshotService/${method}`, toBinary(schema, create(schema, message)));
  const snapshotter = "overlay";
  return {
    prepare: (key, parent) => send("PrepareSnapshot", PrepareSnapshotRequestSchema, { snapshotter, key, parent }),
    commit: (name, key) => send("CommitSnapshot", CommitSnapshotRequestSchema, { snapshotter, name, key }),
    remove: (name) => send("RemoveSnapshot", RemoveSnapshotRequestSchema, { snapshotter, name }),
    stat: (name) => send("StatSnapshot", StatSnapshotRequestSchema, { snapshotter, name }),
    walk: () => send("ListSnapshots", ListSnapshotsRequestSchema, { snapshotter }),
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

/** Of containerd, in its overlayfs snapshotter. The numbers of the fields are those of its snapshots service. */
export async function openContainerdSnapshots(socket: string): Promise<SnapshotCalls> {
  const caller = await openGrpcCaller(socket, { "containerd-namespace": "bench" });
  const send = (method: string, fields: Readonly<Record<number, string>>) => sendFields(caller, method, fields);
  return {
    prepare: (key, parent) => send("Prepare", { 2: key, 3: parent }),
    commit: (name, key) => send("Commit", { 2: name, 3: key }),
    remove: (name) => send("Remove", { 2: name }),
    stat: (name) => send("Stat", { 2: name }),
    walk: () => send("List", {}),
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

function sendFields(caller: GrpcCaller, method: string, fields: Readonly<Record<number, string>>): Promise<Uint8Array> {
  const writer = new BinaryWriter();
  if (method === "Prepare" || method === "Commit") {
    // Labels, field 4. Without this one its garbage collection takes what no image or lease refers to.
    writer.uint32((4 << 3) | 2).fork();
    writer.uint32((1 << 3) | 2).string("containerd.io/gc.root");
    writer.uint32((2 << 3) | 2).string("bench");
    writer.join();
  }
  for (const [number, text] of Object.entries({ 1: "overlayfs", ...fields })) {
    if (text !== "") writer.uint32((Number(number) << 3) | 2).string(text);
  }
  return caller.call(`/containerd.services.snapshots.v1.Snapshots/${method}`, writer.finish());
}
