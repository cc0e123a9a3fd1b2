import { createRequire } from "node:module";
import { errnoSymbol, SystemError, type SystemErrorOptions } from "./system-error.ts";

type Koffi = typeof import("koffi");

/** A C function that answers with a number, and the same function run on one of libuv's threads. */
export interface NativeFunction<A extends readonly unknown[]> {
  (...args: A): number;
  async: (...args: [...A, (error: unknown, result: number) => void]) => void;
}

/** The C library of this process. */
export interface Libc {
  /** Looks up a function by its C prototype; throws when the library does not export it. */
  func<A extends readonly unknown[]>(prototype: string): NativeFunction<A>;
  errno(): number;
  /** Watches a descriptor on the event loop (uv_poll_t), which it keeps alive, until it is closed. */
  poll(fd: number, events: { readable?: boolean; writable?: boolean }, onReady: () => void): { close(): void };
}

/** A path, or a name in a directory. Names are bytes to the kernel, so one that is not UTF-8 is passed as bytes. */
export type PathLike = string | Uint8Array;

let loaded: Libc | undefined;

/**
 * Declares C functions that are looked up at the first call, so that importing this package loads no native code and
 * works on platforms that have none of these calls.
 *
 * @param call - what a person would call the group, for the message on a platform without it
 * @returns a function that gives the same object each time, or throws ENOSYS off Linux
 */
export function natively<T>(call: string, declare: (libc: Libc) => T): () => T {
  let functions: T | undefined;
  return () => (functions ??= declare(libcFor(call)));
}

/** Throws ENOSYS on another platform, for what would otherwise fail there with an error that explains nothing. */
export function requireLinux(call: string): void {
  if (process.platform === "linux") return;
  throw new SystemError("ENOSYS", call, { reason: `unimplemented on ${process.platform}, needs Linux` });
}

function libcFor(call: string): Libc {
  requireLinux(call);
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  // By require: a static import would load the native addon with the package, and fail where koffi has no build.
  const koffi: Koffi = createRequire(import.meta.url)("koffi");
  // Without a name dlopen(3) gives the program itself with what it is linked to, be it glibc or musl.
  const library = koffi.load(null);
  return {
    func: (prototype) => library.func(prototype),
    errno: () => koffi.errno(),
    poll: (fd, events, onReady) => koffi.node.poll(fd, events, onReady),
  };
}

/**
 * The error of the call that has just returned on this thread.
 *
 * It must be asked for right after the call, before anything else can change errno; koffi restores the value of an
 * asynchronous call for the time of its callback.
 */
export function lastError(syscall: string, options?: SystemErrorOptions): SystemError {
  return new SystemError(lastErrno(), syscall, options);
}

/** The symbol of errno, under the same condition as {@link lastError}. */
export function lastErrno(): string {
  return loaded === undefined ? "E0" : errnoSymbol(loaded.errno());
}

/**
 * Refuses what C would cut short without a word: a NUL byte ends a string, so "a\0b" would name the file "a".
 *
 * @returns the string itself, or the bytes with their terminating NUL
 */
export function cString(path: PathLike, syscall: string): PathLike {
  if (typeof path === "string" ? path.includes("\0") : path.includes(0)) {
    throw new SystemError("EINVAL", syscall, { path: path.toString(), reason: "the path contains a NUL byte" });
  }
  return typeof path === "string" ? path : Buffer.concat([path, Buffer.of(0)]);
}
