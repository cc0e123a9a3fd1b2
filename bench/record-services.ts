import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import {
  CreateContainerRequestSchema,
  GetContainerRequestSchema,
  ListContainersRequestSchema,
} from "@gantry/api/gantry/containers/v1";
import { specToAny } from "@gantry/api/spec";
import { openGrpcCaller } from "../harness/grpc-caller.ts";

/** The containers that a daemon has on record, each call being one gRPC call over its unix socket. */
export interface RecordCalls extends Disposable {
  /** Makes one that never runs, with a label `group`. */
  create(id: string, group: string): Promise<unknown>;
  get(id: string): Promise<unknown>;
  list(): Promise<unknown>;
  listGroup(group: string): Promise<unknown>;
}

const spec = specToAny({ ociVersion: "1.0.2", process: { args: ["true"], cwd: "/" } });

/** Of gantryd, whose runtime has to be one that makes containers without processes. */
export async function openGantryRecords(socket: string): Promise<RecordCalls> {
  const caller = await openGrpcCaller(socket, {});
  const send = <Desc extends DescMessage>(method: string, schema: Desc, message: MessageInitShape<Desc>) =>
    caller.call(`/gantry.containers.v1.ContainerService/${method}`, toBinary(schema, create(schema, message)));
  const any = create(AnySchema, { typeUrl: spec.typeUrl, value: new Uint8Array(spec.value) });
  return {
    create: (id, group) =>
      send("CreateContainer", CreateContainerRequestSchema, {
        container: { id, spec: any, labels: { group } },
        rootfs: [{ type: "bind", source: "/", target: "", options: ["ro"] }],
      }),
    get: (id) => send("GetContainer", GetContainerRequestSchema, { id }),
    list: () => send("ListContainers", ListContainersRequestSchema, {}),
    listGroup: (group) => send("ListContainers", ListContainersRequestSchema, { filters: [`labels.group==${group}`] }),
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

/** Of containerd. The numbers of the fields are those of its containers service. */
export async function openContainerdRecords(socket: string): Promise<RecordCalls> {
  const caller = await openGrpcCaller(socket, { "containerd-namespace": "bench" });
  const send = (method: string, writer: BinaryWriter) =>
    caller.call(`/containerd.services.containers.v1.Containers/${method}`, writer.finish());
  return {
    create: (id, group) => send("Create", new BinaryWriter().uint32(tag(1)).bytes(recordOf(id, group).finish())),
    get: (id) => send("Get", new BinaryWriter().uint32(tag(1)).string(id)),
    list: () => send("List", new BinaryWriter()),
    listGroup: (group) => send("List", new BinaryWriter().uint32(tag(1)).string(`labels.group==${group}`)),
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

/** Id 1, labels 2, runtime 4 (name 1), spec 5 (an Any). */
function recordOf(id: string, group: string): BinaryWriter {
  const writer = new BinaryWriter().uint32(tag(1)).string(id);
  writer.uint32(tag(2)).fork().uint32(tag(1)).string("group").uint32(tag(2)).string(group).join();
  writer.uint32(tag(4)).fork().uint32(tag(1)).string("io.containerd.runc.v2").join();
  return writer.uint32(tag(5)).fork().uint32(tag(1)).string(spec.typeUrl).uint32(tag(2)).bytes(spec.value).join();
}

/** The tag of a field whose length stands before it. */
function tag(field: number): number {
  return (field << 3) | 2;
}
