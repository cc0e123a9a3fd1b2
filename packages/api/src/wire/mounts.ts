import { create } from "@bufbuild/protobuf";
import type { Mount as MountMessage } from "../gantry/types/v1/index.ts";
import { MountSchema } from "../gantry/types/v1/index.ts";
import type { Mount } from "../mount.ts";

export function mountToMessage(mount: Mount): MountMessage {
  return create(MountSchema, { ...mount, options: [...mount.options] });
}

export function mountFromMessage(message: MountMessage): Mount {
  const { type, source, target, options } = message;
  return { type, source, target, options };
}
