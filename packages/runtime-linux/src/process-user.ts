import type { Host } from "./host.ts";
import type { JsonObject } from "./lossless-json.ts";
import { type ProcessSpec, withUser } from "./process-spec.ts";
import { resolveUser } from "./user.ts";

/** As many bytes as other runtimes read of the files that name users and groups in a root file system. */
const maxUserFileBytes = 10 * 1024 * 1024;

/** Looks a named user up in the root file system. */
export async function resolveProcess(host: Host, rootfs: string, process: ProcessSpec): Promise<JsonObject> {
  if (process.username === null) {
    return process.document;
  }
  const read = (path: string) => host.readTextInRoot(rootfs, path, maxUserFileBytes);
  const [passwd, group] = await Promise.all([read("etc/passwd"), read("etc/group")]);
  return withUser(process, { ...resolveUser(process.username, { passwd, group }) });
}
