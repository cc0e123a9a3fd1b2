import { type LoopFileSystem, type LoopVolume, loopVolume, whyNoLoop } from "./loop-volume.ts";

/** Above the least that mkfs.btrfs takes (109 MiB), with room for what the cases write. */
export const btrfs: LoopFileSystem = {
  type: "btrfs",
  package: "btrfs-progs",
  sizeBytes: 256 * 1024 * 1024,
  flags: ["--quiet"],
};

/** Why there can be no btrfs here, or undefined if there can. */
export function whyNoBtrfs(): string | undefined {
  return whyNoLoop(btrfs);
}

/** A btrfs of its own for the tests of a file. */
export type BtrfsVolume = LoopVolume;

/** Gives a btrfs as {@link loopVolume} does. */
export function btrfsVolume(prepare?: (mountPoint: string) => Promise<void>): BtrfsVolume {
  return loopVolume(btrfs, prepare);
}
