import { blockingCall } from "./blocking-call.ts";
import { lastError, natively } from "./libc.ts";
import type { Mount } from "./mount.ts";
import { atEmptyPath, atimeAttributes, atRecursive, mountAttributes } from "./mount-attributes.ts";
import { mountFlag, type ParsedOptions, parseMountOptions, perMountFlags } from "./mount-options.ts";
import { describeMount, type MountTarget } from "./mount-target.ts";
import { mountOverlayByParts } from "./overlay-parts.ts";
import { syscallNumber } from "./syscall-numbers.ts";

/** mount(2) copies one page of options and cuts off the rest; the last byte of the page is the terminating NUL. */
const maxDataBytes = 4095;

type MountArguments = [string | null, string, string | null, number, string | null];

const calls = natively("mount", (libc) => ({
  mount: libc.func<MountArguments>(
    "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
  ),
  mount_setattr: libc.func<[number, number, string, number, Uint8Array, number]>(
    "long syscall(long number, int dir, const char *path, unsigned int flags, void *attributes, size_t size)",
  ),
  fstatvfs: libc.func<[number, Uint8Array]>("int fstatvfs(int fd, void *buffer)"),
}));

/** Shows the mount at `target`; what concerns a mount that is already there is done by {@link adjustMount}. */
export async function performMount(mount: Mount, target: MountTarget): Promise<void> {
  const options = parseMountOptions(mount);
  const { flags } = options;
  if (flags & mountFlag.remount) return remountFileSystem(mount, target, options);
  if (flags & mountFlag.bind) {
    // The kernel ignores all other flags of a bind mount, so they come in a second call.
    return mountOn(target, mount, { type: null, flags: flags & (mountFlag.bind | mountFlag.recursive), data: null });
  }
  const data = options.data.join(",");
  if (Buffer.byteLength(data) > maxDataBytes) return mountOverlayByParts(mount, target, options);
  return mountOn(target, mount, { type: mount.type, flags, data: data === "" ? null : data });
}

/** Whether {@link adjustMount} has anything to do for the mount. */
export function needsAdjusting(mount: Mount): boolean {
  const { flags, cleared, propagation } = parseMountOptions(mount);
  const isBind = (flags & (mountFlag.bind | mountFlag.remount)) === mountFlag.bind;
  return propagation.length > 0 || (isBind && ((flags | cleared) & perMountFlags) !== 0);
}

/**
 * Gives a mount what the kernel does not take in the call that makes it: the flags of a bind mount, and propagation.
 *
 * @param target - opened after the mount was made, so that it holds the root of the new mount
 */
export async function adjustMount(mount: Mount, target: MountTarget): Promise<void> {
  const { flags, cleared, propagation } = parseMountOptions(mount);
  if (flags & mountFlag.bind && (flags | cleared) & perMountFlags) {
    if (flags & mountFlag.recursive) adjustTree(mount, target, { set: flags, clear: cleared });
    else {
      // A remount replaces all flags, so those that the source had (nosuid, nodev ...) are said again; in a user
      // namespace the kernel would refuse a remount that drops them.
      const wanted = (flags | (flagsOf(target.fd) & ~cleared)) & perMountFlags;
      const scope = mountFlag.remount | mountFlag.bind;
      await mountOn(target, mount, { type: null, flags: scope | wanted, data: null });
    }
  }
  for (const change of propagation) await mountOn(target, mount, { type: null, flags: change, data: null });
}

/**
 * A remount reaches one mount only, which would leave what is mounted below a read-only `rbind` writable;
 * mount_setattr(2) reaches all of them. Before Linux 5.12 it fails with ENOSYS.
 */
function adjustTree(mount: Mount, target: MountTarget, flags: { readonly set: number; readonly clear: number }): void {
  const attributes = Buffer.alloc(32);
  const set = mountAttributes(flags.set);
  const clear = mountAttributes(flags.clear);
  attributes.writeBigUInt64LE(BigInt(set), 0);
  // The three kinds of access times are one field: it has to be cleared as a whole when one of them is set.
  attributes.writeBigUInt64LE(BigInt(set & atimeAttributes ? clear | atimeAttributes : clear & ~atimeAttributes), 8);
  const scope = atEmptyPath | atRecursive;
  const number = syscallNumber("mount_setattr");
  if (calls().mount_setattr(number, target.fd, "", scope, attributes, attributes.length) < 0) {
    throw lastError("mount_setattr", { path: target.realPath, attempt: describeMount(mount, target) });
  }
}

function remountFileSystem(mount: Mount, target: MountTarget, options: ParsedOptions): Promise<void> {
  const data = options.data.join(",");
  return mountOn(target, mount, { type: null, flags: options.flags, data: data === "" ? null : data });
}

async function mountOn(
  target: MountTarget,
  mount: Mount,
  call: { readonly type: string | null; readonly flags: number; readonly data: string | null },
): Promise<void> {
  const source = mount.source === "" ? "none" : mount.source;
  const args: MountArguments = [source, target.path, call.type, call.flags, call.data];
  await blockingCall(calls().mount, args, {
    syscall: "mount",
    path: target.realPath,
    attempt: describeMount(mount, target),
  });
}

/** `f_flag` of `struct statvfs`, at the same offset in glibc and musl on 64-bit machines. */
const statvfsFlagOffset = 72;

/** Flags of the mount that `fd` lies on, translated from those of statvfs(3), where two have other numbers. */
function flagsOf(fd: number): number {
  const buffer = Buffer.alloc(256);
  if (calls().fstatvfs(fd, buffer) < 0) throw lastError("fstatvfs");
  const flags = buffer.readUInt32LE(statvfsFlagOffset);
  const shared = mountFlag.readonly | mountFlag.nosuid | mountFlag.nodev | mountFlag.noexec;
  return (
    (flags & (shared | mountFlag.noatime | mountFlag.nodiratime)) |
    (flags & 4096 ? mountFlag.relatime : 0) |
    (flags & 8192 ? mountFlag.nosymfollow : 0)
  );
}
