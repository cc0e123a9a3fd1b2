import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import type { CreateContainerRequestSchema } from "@gantry/api/gantry/containers/v1";
import { specToAny } from "@gantry/api/spec";

/** Asks for a container on a root file system that nobody looks at. */
export function containerRequest(
  id: string,
  container: NonNullable<MessageInitShape<typeof CreateContainerRequestSchema>["container"]> = {},
): MessageInitShape<typeof CreateContainerRequestSchema> {
  const { typeUrl, value } = specToAny({ ociVersion: "1.0.2", process: { args: ["true"], cwd: "/" } });
  return {
    container: { id, spec: create(AnySchema, { typeUrl, value: new Uint8Array(value) }), ...container },
    rootfs: [{ type: "bind", source: "/", target: "", options: ["ro"] }],
    stdio: { kind: { case: "log", value: { stdin: true } } },
  };
}
