import { cString, type Libc, lastError, natively, type PathLike } from "./libc.ts";
import type { SystemError } from "./system-error.ts";

/** The kernel's limit for one value and for the list of names (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const maxBytes = 65536;

/**
 * The file whose extended attributes are meant: a descriptor, or a path, of which a final symbolic link is not followed.
 * For a name in an open directory the path `/proc/self/fd/N/name` serves.
 */
export type XattrTarget = number | PathLike;

const byDescriptor = natively("xattr", (libc) => declare(libc, "f", "int fd"));
const byPath = natively("xattr", (libc) => declare(libc, "l", "const char *path"));

/** Each call exists for a descriptor (fgetxattr ...) and for a path whose links are not followed (lgetxattr ...). */
function declare(libc: Libc, prefix: "f" | "l", target: string) {
  const value = "const char *name, void *value, size_t size";
  return {
    get: libc.func<[XattrTarget, string, Uint8Array, number]>(`long ${prefix}getxattr(${target}, ${value})`),
    set: libc.func<[XattrTarget, string, Uint8Array, number, number]>(
      `int ${prefix}setxattr(${target}, ${value}, int flags)`,
    ),
    list: libc.func<[XattrTarget, Uint8Array, number]>(`long ${prefix}listxattr(${target}, void *names, size_t size)`),
    remove: libc.func<[XattrTarget, string]>(`int ${prefix}removexattr(${target}, const char *name)`),
  };
}

let shared: Buffer | undefined;

/** Made at the first use, and shared: a call has filled it when it returns. */
function sharedBuffer(): Buffer {
  shared ??= Buffer.alloc(maxBytes);
  return shared;
}

/** The value of an extended attribute, or `null` where the file has none of that name. */
export function getXattr(target: XattrTarget, name: string): Buffer | null {
  const buffer = sharedBuffer();
  const length = callsFor(target).get(nativeTarget(target), checkedName(name), buffer, buffer.length);
  if (length >= 0) return Buffer.from(buffer.subarray(0, length));
  const error = failed("getxattr", target, name);
  if (error.errno === "ENODATA") return null;
  throw error;
}

/** Sets an extended attribute, whether or not the file had it before. */
export function setXattr(target: XattrTarget, name: string, value: Uint8Array): void {
  const result = callsFor(target).set(nativeTarget(target), checkedName(name), value, value.length, 0);
  if (result < 0) throw failed("setxattr", target, name);
}

/** Removes an extended attribute; that the file does not have it is ENODATA. */
export function removeXattr(target: XattrTarget, name: string): void {
  const result = callsFor(target).remove(nativeTarget(target), checkedName(name));
  if (result < 0) throw failed("removexattr", target, name);
}

/** The names of all extended attributes that this process may see, in the file system's order. */
export function listXattrs(target: XattrTarget): readonly string[] {
  const buffer = sharedBuffer();
  const length = callsFor(target).list(nativeTarget(target), buffer, buffer.length);
  if (length < 0) throw failed("listxattr", target);
  // Each name ends with a NUL byte, so the last piece is empty.
  return buffer.toString("utf8", 0, length).split("\0").slice(0, -1);
}

function callsFor(target: XattrTarget): ReturnType<typeof byPath> {
  return typeof target === "number" ? byDescriptor() : byPath();
}

function nativeTarget(target: XattrTarget): XattrTarget {
  return typeof target === "number" ? target : cString(target, "xattr");
}

function checkedName(name: string): string {
  cString(name, "xattr");
  return name;
}

function failed(syscall: string, target: XattrTarget, name?: string): SystemError {
  const path = typeof target === "number" ? `/proc/self/fd/${target}` : target.toString();
  const what = name === undefined ? "" : ` ${JSON.stringify(name)} of`;
  return lastError(syscall, { path, attempt: `${syscall}${what} ${JSON.stringify(path)}` });
}
