import type { CallOptions } from "../../call-options.ts";
import type { Mount } from "../../mount.ts";
import type {
  SnapshotFilter,
  SnapshotInfo,
  SnapshotOptions,
  Snapshotter,
  SnapshotUpdate,
  SnapshotUpdateOptions,
  SnapshotUsage,
} from "../../snapshotter.ts";
import { Script, withoutSignal } from "./script.ts";

/** A snapshotter that does what its script says. */
export class ScriptedSnapshotter implements Snapshotter {
  readonly capabilities = { copyOnWrite: true };
  readonly script = new Script();

  async prepare(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.script.receive("prepare", [key, parent, ...withoutSignal(options)], options?.signal);
  }

  async view(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.script.receive("view", [key, parent, ...withoutSignal(options)], options?.signal);
  }

  async mounts(key: string, options?: CallOptions): Promise<readonly Mount[]> {
    return this.script.receive("mounts", [key, ...withoutSignal(options)], options?.signal);
  }

  async commit(name: string, key: string, options?: SnapshotOptions): Promise<void> {
    return this.script.receive("commit", [name, key, ...withoutSignal(options)], options?.signal);
  }

  async remove(name: string, options?: CallOptions): Promise<void> {
    return this.script.receive("remove", [name, ...withoutSignal(options)], options?.signal);
  }

  async stat(name: string, options?: CallOptions): Promise<SnapshotInfo> {
    return this.script.receive("stat", [name, ...withoutSignal(options)], options?.signal);
  }

  async update(name: string, change: SnapshotUpdate, options?: SnapshotUpdateOptions): Promise<SnapshotInfo> {
    return this.script.receive("update", [name, change, ...withoutSignal(options)], options?.signal);
  }

  async usage(name: string, options?: CallOptions): Promise<SnapshotUsage> {
    return this.script.receive("usage", [name, ...withoutSignal(options)], options?.signal);
  }

  walk(filter?: SnapshotFilter): AsyncIterable<SnapshotInfo> {
    return this.script.receive("walk", withoutSignal(filter), filter?.signal);
  }

  async close(): Promise<void> {
    return this.script.receive("close", [], undefined);
  }
}
