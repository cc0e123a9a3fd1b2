import type { ContentStore } from "./content.ts";
import type { ImageOperations } from "./images.ts";
import type { Runtime } from "./runtime.ts";
import type { Snapshotter } from "./snapshotter.ts";

/** Where a plug-in keeps its things, and how it speaks. */
export interface PluginContext {
  /** Absolute path of a directory of its own that survives a reboot of the host. Exists, mode 0700. */
  readonly root: string;
  /** Absolute path of a directory of its own that is emptied by a reboot. Exists, mode 0700. Short: sockets live here. */
  readonly state: string;
  /** Options from the configuration, as parsed; the plug-in checks them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Writes one line to the daemon's log. */
  readonly log: (
    level: "debug" | "info" | "warn" | "error",
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void;
  /**
   * Tells the host that the plug-in is of no use until it is opened anew, such as after a sync of its records that failed.
   * A daemon ends by it, and finds the true state at its next start. Absent where the host has no such way out.
   */
  readonly fail?: (reason: unknown) => void;
}

/**
 * What opening a plug-in came to: it is ready, or this host cannot have it, which is no fault (`skipped` says why).
 * A fault is a rejection.
 */
export type Opened<T> = { readonly ready: T } | { readonly skipped: string };

/** How a program that embeds runtimes or snapshotters learns of one; a value without side effects. */
export interface Registration<T> {
  /** Unique among its kind: lower-case letters, digits and `-`. */
  readonly id: string;
  /**
   * Opens an instance in the directories of `context`. Called once per process and root; the caller closes what it gets.
   *
   * Rejects with
   * - `invalid-argument`: an option is unknown or has a wrong value; the message names it
   * - whatever else keeps it from working where it should
   */
  open(context: PluginContext): Promise<Opened<T>>;
}

/** A {@link Registration} of a runtime. */
export type RuntimeRegistration = Registration<Runtime>;

/** A {@link Registration} of a snapshotter. */
export type SnapshotterRegistration = Registration<Snapshotter>;

/** Content, and what is done with images on top of it. */
export interface ContentSubsystem {
  readonly store: ContentStore;
  readonly images: ImageOperations;
}

/** A {@link Registration} of a content store. */
export type ContentRegistration = Registration<ContentSubsystem>;

/** States that `registration` is a content store's. */
export function defineContent(registration: ContentRegistration): ContentRegistration {
  return registration;
}

/** States that `registration` is a runtime's; a module named in the daemon's configuration exports its result as `runtime`. */
export function defineRuntime(registration: RuntimeRegistration): RuntimeRegistration {
  return registration;
}

/** States that `registration` is a snapshotter's; a module named in the daemon's configuration exports its result as `snapshotter`. */
export function defineSnapshotter(registration: SnapshotterRegistration): SnapshotterRegistration {
  return registration;
}
