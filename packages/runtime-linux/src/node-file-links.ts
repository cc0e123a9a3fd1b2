import { linkSync, lstatSync, readlinkSync, symlinkSync } from "node:fs";
import type { HostFileLinks } from "./host.ts";
import { errnoOf, hostError } from "./host-error.ts";

/** {@link HostFileLinks} by Node's own calls, made on the event loop's thread: each takes microseconds. */
export const nodeFileLinks: HostFileLinks = {
  readLink: (path) =>
    valueUnless("ENOENT EINVAL", null, { doing: `read link ${path}`, call: () => readlinkSync(path) }),
  makeLink: (target, path) => isDone(`make link ${path}`, () => symlinkSync(target, path)),
  linkFile: (from, to) => isDone(`link ${from} to ${to}`, () => linkSync(from, to)),
  fileId: async (path) => {
    const call = () => lstatSync(path, { bigint: true });
    const found = await valueUnless("ENOENT", null, { doing: `find ${path}`, call });
    return found?.isFile() ? `${found.dev}:${found.ino}` : null;
  },
};

function isDone(doing: string, call: () => void): Promise<boolean> {
  const done = () => {
    call();
    return true;
  };
  return valueUnless("EEXIST", false, { doing, call: done });
}

async function valueUnless<T, U>(
  errnos: string,
  otherwise: U,
  { doing, call }: { readonly doing: string; readonly call: () => T },
): Promise<T | U> {
  try {
    return call();
  } catch (error) {
    if (errnos.split(" ").includes(errnoOf(error) ?? "")) return otherwise;
    throw hostError(error, doing);
  }
}
