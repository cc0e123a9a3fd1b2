import { mountFlag } from "./mount-options.ts";

/** AT_EMPTY_PATH: the descriptor itself is meant, not a name in it. */
export const atEmptyPath = 0x1000;
/** AT_RECURSIVE: all mounts below, too. */
export const atRecursive = 0x8000;

/** The field of a mount's attributes that holds how access times are kept: 0 for relatime. */
export const atimeAttributes = 0x70;

const attributes: readonly (readonly [flag: number, attribute: number])[] = [
  [mountFlag.readonly, 0x1],
  [mountFlag.nosuid, 0x2],
  [mountFlag.nodev, 0x4],
  [mountFlag.noexec, 0x8],
  [mountFlag.noatime, 0x10],
  [mountFlag.strictatime, 0x20],
  [mountFlag.nodiratime, 0x80],
  [mountFlag.nosymfollow, 0x200000],
];

/** Translates flags of mount(2) to the attributes of fsmount(2) and mount_setattr(2). */
export function mountAttributes(flags: number): number {
  return attributes.reduce((sum, [flag, attribute]) => (flags & flag ? sum | attribute : sum), 0);
}
