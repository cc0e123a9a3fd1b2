import type {
  ContentRegistration,
  Registration,
  RuntimeRegistration,
  SnapshotterRegistration,
} from "@gantry/api/plugin";

/** A registration that is loaded when it is needed. */
export interface LazyRegistration<T extends Registration<unknown>> {
  readonly id: string;
  /**
   * What the configuration has to have for it, without which it is skipped and not even loaded: for what few hosts
   * have, and what would look for it at each start. Default: nothing.
   */
  readonly needs?: string;
  load(): Promise<T>;
}

/** The plug-ins that come with the daemon, in the order of preference. */
export interface Builtins {
  readonly runtimes: readonly LazyRegistration<RuntimeRegistration>[];
  readonly snapshotters: readonly LazyRegistration<SnapshotterRegistration>[];
  readonly contents: readonly LazyRegistration<ContentRegistration>[];
}

const contents = [{ id: "local", load: async () => (await import("@gantry/content")).contentRegistration }];
const native = { id: "native", load: async () => (await import("@gantry/snapshotter")).nativeSnapshotter };
const zfs = { id: "zfs", load: async () => (await import("@gantry/snapshotter/zfs")).zfsSnapshotter };
const windows = { id: "windows", load: async () => (await import("@gantry/snapshotter/windows")).windowsSnapshotter };

/** Of each platform, so that starting on one loads nothing of another. */
const builtins: Partial<Record<NodeJS.Platform, Builtins>> = {
  linux: {
    runtimes: [{ id: "linux", load: async () => (await import("@gantry/runtime-linux")).linuxRuntime }],
    snapshotters: [
      { id: "overlay", load: async () => (await import("@gantry/snapshotter")).overlaySnapshotter },
      { id: "btrfs", load: async () => (await import("@gantry/snapshotter")).btrfsSnapshotter },
      native,
      { ...zfs, needs: "[snapshotters.zfs.options] with a dataset" },
    ],
    contents,
  },
  sunos: { runtimes: [], snapshotters: [zfs, native], contents },
  win32: { runtimes: [], snapshotters: [windows], contents },
};

/** Returns what comes with the daemon for `platform`. */
export function builtinsFor(platform: NodeJS.Platform): Builtins {
  return builtins[platform] ?? { runtimes: [], snapshotters: [], contents };
}
