import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { OperationError } from "@gantry/api";
import { openat2, openFlag, resolveFlag } from "@gantry/sys/at";
import { ownedFd } from "./fd.ts";
import type { OwnedFd } from "./host.ts";
import { errnoOf } from "./host-error.ts";
import { readAtMost } from "./read-at-most.ts";

/** As {@link HostFiles.readTextInRoot}. */
export async function readTextInRoot(root: string, path: string, maxBytes: number): Promise<string | null> {
  await using directory = await open(root, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  await using place = openPlace(directory.fd, path);
  if (place === null) {
    return null;
  }
  // Opened again only when it is known what it is: opening a device or a FIFO may do something, or wait for ever.
  const handle = `/proc/self/fd/${place.fd}`;
  if (!(await stat(handle)).isFile()) {
    throw rootfsError(path, "expected a regular file");
  }
  await using file = await open(handle, constants.O_RDONLY);
  const bytes = await readAtMost(file, maxBytes);
  if (bytes === null) {
    throw rootfsError(path, `expected at most ${maxBytes} bytes`);
  }
  return bytes.toString("utf8");
}

/** A handle on the place alone (O_PATH); no link, however it is written, leads out of `directory` (openat2(2)). */
function openPlace(directory: number, path: string): OwnedFd | null {
  try {
    const resolve = resolveFlag.inRoot | resolveFlag.noMagicLinks;
    return ownedFd(openat2(directory, path, { flags: openFlag.path, resolve }));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ELOOP") {
      return null;
    }
    throw error;
  }
}

function rootfsError(path: string, detail: string): OperationError {
  return new OperationError(
    "invalid-argument",
    { type: "spec", id: "process.user.username" },
    `${path} in the root file system: ${detail}`,
  );
}
