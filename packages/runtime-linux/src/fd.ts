import { close, open } from "node:fs";
import { promisify } from "node:util";
import type { OwnedFd } from "./host.ts";

/** Opens a file as a bare descriptor, for those that hand it on or give it to a stream that closes it itself. */
export const openFd: (path: string, flags: number) => Promise<number> = promisify(open);

export const closeFd: (fd: number) => Promise<void> = promisify(close);

/** Makes a descriptor close at the end of the block that holds it. */
export function ownedFd(fd: number): OwnedFd {
  return { fd, [Symbol.asyncDispose]: () => closeFd(fd) };
}
