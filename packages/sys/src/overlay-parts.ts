import { closeSync, openSync, readSync } from "node:fs";
import { release } from "node:os";
import { blockingCall } from "./blocking-call.ts";
import { cString, lastErrno, type NativeFunction, natively, type PathLike } from "./libc.ts";
import type { Mount } from "./mount.ts";
import { mountAttributes } from "./mount-attributes.ts";
import { mountFlag, type ParsedOptions } from "./mount-options.ts";
import { describeMount, type MountTarget } from "./mount-target.ts";
import { moveMount } from "./mount-tree.ts";
import { openFlag } from "./open-at.ts";
import { syscallNumber } from "./syscall-numbers.ts";
import { SystemError } from "./system-error.ts";

/** Commands of fsconfig(2). */
const setFlag = 0;
const setString = 1;
const createFileSystem = 6;

/** fsconfig(2) takes strings of up to 256 bytes, the terminating NUL included. */
const maxValueBytes = 255;

const closeOnExec = 1;

type ConfigArguments = [number, number, number, string | null, PathLike | null, number];

const calls = natively("fsopen", (libc) => ({
  fsopen: libc.func<[number, string, number]>("long syscall(long number, const char *type, unsigned int flags)"),
  fsconfig: libc.func<ConfigArguments>(
    "long syscall(long number, int fd, unsigned int command, const char *key, const char *value, int aux)",
  ),
  fsmount: libc.func<[number, number, number, number]>(
    "long syscall(long number, int fd, unsigned int flags, unsigned int attributes)",
  ),
}));

/**
 * Mounts an overlay whose options are longer than the page that mount(2) copies, by handing the kernel one layer at a
 * time: fsopen(2) and its family, with the overlay's option `lowerdir+` of Linux 6.5. The kernel's own limit is then
 * 500 layers.
 */
export async function mountOverlayByParts(mount: Mount, target: MountTarget, options: ParsedOptions): Promise<void> {
  if (mount.type !== "overlay" || !hasLayerList()) throw tooLong(mount, target, options);
  const context = new FileSystemContext(mount, target);
  try {
    await context.configure(options);
    context.show(options.flags);
  } finally {
    context.close();
  }
}

/** One file system on its way to being mounted: the descriptor of fsopen(2) and what it is for. */
class FileSystemContext {
  readonly #mount: Mount;
  readonly #target: MountTarget;
  readonly #fd: number;

  constructor(mount: Mount, target: MountTarget) {
    this.#mount = mount;
    this.#target = target;
    this.#fd = calls().fsopen(syscallNumber("fsopen"), mount.type, closeOnExec);
    if (this.#fd < 0) throw this.#failure("fsopen");
  }

  /** Hands over all options and makes the file system, which is not to be seen anywhere yet. */
  async configure(options: ParsedOptions): Promise<void> {
    this.#set("source", this.#mount.source);
    if (options.flags & mountFlag.readonly) this.#set("ro");
    for (const option of options.data) {
      const equals = option.indexOf("=");
      const key = equals < 0 ? option : option.slice(0, equals);
      const value = equals < 0 ? undefined : option.slice(equals + 1);
      if (value === undefined) this.#set(key);
      else if (key === "lowerdir") for (const layer of splitLayers(value)) this.#setPath(layer.key, layer.path);
      else if (key === "upperdir" || key === "workdir") this.#setPath(key, unescapePath(value), value);
      else this.#set(key, value);
    }
    const call: NativeFunction<ConfigArguments> = calls().fsconfig;
    const args: ConfigArguments = [syscallNumber("fsconfig"), this.#fd, createFileSystem, null, null, 0];
    // Making it reads every layer and cleans the work directory, so it may block.
    await blockingCall(call, args, { syscall: "fsconfig" }).catch((cause: unknown) => {
      throw this.#failure("fsconfig", cause);
    });
  }

  /** Makes the file system a mount and puts it at the target. */
  show(flags: number): void {
    const fd = calls().fsmount(syscallNumber("fsmount"), this.#fd, closeOnExec, mountAttributes(flags));
    if (fd < 0) throw this.#failure("fsmount");
    try {
      if (moveMount(fd, this.#target) < 0) throw this.#failure("move_mount");
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** @param value - how the kernel wants the path written; a path too long for it is named by a descriptor instead */
  #setPath(key: string, path: string, value = path): void {
    if (Buffer.byteLength(value) <= maxValueBytes) {
      this.#set(key, value);
      return;
    }
    const fd = openSync(path, openFlag.path);
    try {
      this.#set(key, `/proc/self/fd/${fd}`);
    } finally {
      closeSync(fd);
    }
  }

  #set(key: string, value?: string): void {
    const command = value === undefined ? setFlag : setString;
    const argument = value === undefined ? null : cString(value, "fsconfig");
    const result = calls().fsconfig(syscallNumber("fsconfig"), this.#fd, command, key, argument, 0);
    if (result < 0) throw this.#failure("fsconfig");
  }

  /** Must be called right after the call that failed, as it reads errno, unless the call's own error is given. */
  #failure(syscall: string, cause?: unknown): SystemError {
    const errno = cause instanceof SystemError ? cause.errno : lastErrno();
    const log = this.#fd < 0 ? "" : readLog(this.#fd);
    const options = { path: this.#target.realPath, attempt: describeMount(this.#mount, this.#target) };
    return new SystemError(errno, syscall, log === "" ? options : { ...options, reason: log });
  }
}

/** What the kernel has to say about a failure: lines such as `e overlay: too many lower directories`. */
function readLog(fd: number): string {
  const buffer = Buffer.alloc(4096);
  const lines: string[] = [];
  try {
    // Each read gives one line; the end is the error ENODATA.
    for (;;)
      lines.push(
        buffer
          .toString("utf8", 0, readSync(fd, buffer))
          .replace(/^[ewi] /, "")
          .trim(),
      );
  } catch {
    return lines.join(", ");
  }
}

/**
 * Splits the value of `lowerdir`. A colon separates layers; after two colons come layers that hold file contents only
 * and have an option of their own; a backslash takes the meaning from what follows it.
 */
export function splitLayers(value: string): readonly { readonly key: string; readonly path: string }[] {
  const layers: { key: string; path: string }[] = [];
  let key = "lowerdir+";
  for (const [token] of value.matchAll(/(?:\\.|[^:\\])+|::?/g)) {
    if (token.startsWith(":")) key = token === "::" ? "datadir+" : "lowerdir+";
    else layers.push({ key, path: unescapePath(token) });
  }
  return layers;
}

/** Takes the backslashes away by which the value of an option keeps its separators apart from those of a path. */
export function unescapePath(escaped: string): string {
  return escaped.replace(/\\(.)/g, "$1");
}

function hasLayerList(): boolean {
  const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
  return major > 6 || (major === 6 && minor >= 5);
}

function tooLong(mount: Mount, target: MountTarget, options: ParsedOptions): SystemError {
  const size = Buffer.byteLength(options.data.join(","));
  return new SystemError("EINVAL", "mount", {
    path: target.realPath,
    attempt: describeMount(mount, target),
    reason: `mount options of ${size} bytes exceed the kernel's page of 4096`,
  });
}
