import type { Mount } from "./mount.ts";

/** Flags of mount(2), as `linux/mount.h` numbers them on every architecture. */
export const mountFlag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  synchronous: 16,
  remount: 32,
  mandlock: 64,
  dirsync: 128,
  nosymfollow: 256,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  recursive: 16384,
  silent: 32768,
  unbindable: 1 << 17,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
  relatime: 1 << 21,
  strictatime: 1 << 24,
  lazytime: 1 << 25,
} as const;

/** The flags that belong to one mount rather than to its file system; a bind mount can have its own. */
export const perMountFlags =
  mountFlag.readonly |
  mountFlag.nosuid |
  mountFlag.nodev |
  mountFlag.noexec |
  mountFlag.nosymfollow |
  mountFlag.noatime |
  mountFlag.nodiratime |
  mountFlag.relatime |
  mountFlag.strictatime;

/** A mount's options, sorted by the argument of mount(2) that carries them. */
export interface ParsedOptions {
  /** Flags without those of propagation, which the kernel only takes in a call of their own. */
  readonly flags: number;
  /** Flags that were switched off by name, such as `rw`: they are not taken over from the source of a bind mount. */
  readonly cleared: number;
  /** One flag set for each change of propagation, in order. */
  readonly propagation: readonly number[];
  /** What only the file system understands, in order. */
  readonly data: readonly string[];
}

const atime = mountFlag.noatime | mountFlag.relatime | mountFlag.strictatime;

const changes: ReadonlyMap<string, { readonly set?: number; readonly clear?: number }> = new Map([
  ["ro", { set: mountFlag.readonly }],
  ["rw", { clear: mountFlag.readonly }],
  ["nosuid", { set: mountFlag.nosuid }],
  ["suid", { clear: mountFlag.nosuid }],
  ["nodev", { set: mountFlag.nodev }],
  ["dev", { clear: mountFlag.nodev }],
  ["noexec", { set: mountFlag.noexec }],
  ["exec", { clear: mountFlag.noexec }],
  ["sync", { set: mountFlag.synchronous }],
  ["async", { clear: mountFlag.synchronous }],
  ["dirsync", { set: mountFlag.dirsync }],
  ["mand", { set: mountFlag.mandlock }],
  ["nomand", { clear: mountFlag.mandlock }],
  ["nosymfollow", { set: mountFlag.nosymfollow }],
  ["symfollow", { clear: mountFlag.nosymfollow }],
  ["noatime", { set: mountFlag.noatime, clear: atime }],
  ["atime", { clear: mountFlag.noatime }],
  ["relatime", { set: mountFlag.relatime, clear: atime }],
  ["norelatime", { clear: mountFlag.relatime }],
  ["strictatime", { set: mountFlag.strictatime, clear: atime }],
  ["nostrictatime", { clear: mountFlag.strictatime }],
  ["nodiratime", { set: mountFlag.nodiratime }],
  ["diratime", { clear: mountFlag.nodiratime }],
  ["lazytime", { set: mountFlag.lazytime }],
  ["nolazytime", { clear: mountFlag.lazytime }],
  ["silent", { set: mountFlag.silent }],
  ["loud", { clear: mountFlag.silent }],
  ["bind", { set: mountFlag.bind }],
  ["rbind", { set: mountFlag.bind | mountFlag.recursive }],
  ["remount", { set: mountFlag.remount }],
  ["defaults", {}],
]);

const propagations: ReadonlyMap<string, number> = new Map(
  (["private", "slave", "shared", "unbindable"] as const).flatMap((name) => [
    [name, mountFlag[name]],
    [`r${name}`, mountFlag[name] | mountFlag.recursive],
  ]),
);

/** Sorts the options of a mount; its type counts as an option where it is `bind` or `rbind`. */
export function parseMountOptions(mount: Mount): ParsedOptions {
  let flags = 0;
  let cleared = 0;
  const propagation: number[] = [];
  const data: string[] = [];
  const words = mount.type === "bind" || mount.type === "rbind" ? [mount.type, ...mount.options] : mount.options;
  for (const word of words) {
    const change = changes.get(word);
    const propagates = propagations.get(word);
    if (change !== undefined) {
      flags = (flags & ~(change.clear ?? 0)) | (change.set ?? 0);
      cleared = (cleared | (change.clear ?? 0)) & ~(change.set ?? 0);
    } else if (propagates !== undefined) propagation.push(propagates);
    else data.push(word);
  }
  return { flags, cleared, propagation, data };
}
