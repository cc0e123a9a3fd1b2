import type {
  ContentRegistration,
  Registration,
  RuntimeRegistration,
  SnapshotterRegistration,
} from "@gantry/api/plugin";

/** A registration that is loaded when it is needed. */
export interface LazyRegistration<T extends Registration<unknown>> {
  readonly id: string;
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

/** Of each platform, so that starting on one loads nothing of another. */
const builtins: Partial<Record<NodeJS.Platform, Builtins>> = {
  linux: {
    runtimes: [{ id: "linux", load: async () => (await import("@gantry/runtime-linux")).linuxRuntime }],
    snapshotters: [
      { id: "overlay", load: async () => (await import("@gantry/snapshotter")).overlaySnapshotter },
      { id: "btrfs", load: async () => (await import("@gantry/snapshotter")).btrfsSnapshotter },
      native,
    ],
    contents,
  },
};

/** Returns what comes with the daemon for `platform`. */
export function builtinsFor(platform: NodeJS.Platform): Builtins {
  return builtins[platform] ?? { runtimes: [], snapshotters: [], contents };
}
