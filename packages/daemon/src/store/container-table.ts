import type { AnyValue } from "@gantry/api";
import type { HealthCheck } from "../core/supervision/health.ts";
import type { RestartMode, RestartPolicy } from "../core/supervision/restart-policy.ts";
import { type ContainerCreation, creationFromText, creationToText, healthCheckFromText } from "./container-creation.ts";
import { bytesOf, dateOf, flagOf, mapOf, mapToText, numberOf, optionalTextOf, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** What a record is worth: an intent to make or to remove the container, or the container itself. */
export type ContainerPhase = "creating" | "ready" | "deleting";

/** What the daemon keeps about a container, whatever became of its processes. */
export interface ContainerRecord {
  /** Never used twice, also for the next container of the same id. 0 before the record is inserted. */
  readonly uid: number;
  readonly namespace: string;
  readonly id: string;
  readonly phase: ContainerPhase;
  readonly labels: ReadonlyMap<string, string>;
  readonly image: string;
  readonly runtime: string;
  readonly spec: AnyValue;
  readonly snapshotter: string;
  /** Empty where the root file system is not a snapshot. */
  readonly snapshotKey: string;
  readonly ownsSnapshot: boolean;
  readonly deleteOnExit: boolean;
  readonly extensions: ReadonlyMap<string, AnyValue>;
  /** What to do when its init process has ended. */
  readonly restartPolicy: RestartPolicy;
  /** `null` for none. */
  readonly healthCheck: HealthCheck | null;
  readonly creation: ContainerCreation;
  /** Number of the present or last run, from 1: how often a runtime was told to make it. */
  readonly run: number;
  /** Whether the event of the start of this run was written. */
  readonly started: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const columns = [
  "namespace",
  "id",
  "phase",
  "labels",
  "image",
  "runtime",
  "spec_type",
  "spec",
  "snapshotter",
  "snapshot_key",
  "owns_snapshot",
  "delete_on_exit",
  "extensions",
  "restart_mode",
  "max_restarts",
  "health_check",
  "creation",
  "created_at",
  "updated_at",
] as const;

/** The records of containers, as rows. */
export class ContainerTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the record with its uid. */
  insert(record: ContainerRecord): ContainerRecord {
    const marks = columns.map(() => "?").join(", ");
    const { lastInsertRowid } = this.#store
      .prepare(`INSERT INTO containers (${columns.join(", ")}) VALUES (${marks})`)
      .run(
        record.namespace,
        record.id,
        record.phase,
        mapToText(record.labels),
        record.image,
        record.runtime,
        record.spec.typeUrl,
        record.spec.value,
        record.snapshotter,
        record.snapshotKey,
        Number(record.ownsSnapshot),
        Number(record.deleteOnExit),
        extensionsToText(record.extensions),
        record.restartPolicy.mode,
        record.restartPolicy.maxRestarts,
        record.healthCheck && JSON.stringify(record.healthCheck),
        creationToText(record.creation),
        record.createdAt.getTime(),
        record.updatedAt.getTime(),
      );
    return { ...record, uid: Number(lastInsertRowid) };
  }

  find(namespace: string, id: string): ContainerRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM containers WHERE namespace = ? AND id = ?").get(namespace, id);
    return row && recordFrom(row);
  }

  /** Ordered by id. */
  list(namespace: string): readonly ContainerRecord[] {
    return this.#store
      .prepare("SELECT * FROM containers WHERE namespace = ? ORDER BY id")
      .all(namespace)
      .map(recordFrom);
  }

  /** All namespaces, in no order. */
  all(): readonly ContainerRecord[] {
    return this.#store.prepare("SELECT * FROM containers").all().map(recordFrom);
  }

  /** Ids of the containers of a namespace whose root file system is the snapshot. */
  usersOf(snapshotter: string, namespace: string, key: string): readonly string[] {
    return this.#store
      .prepare(
        "SELECT id FROM containers WHERE snapshotter = ? AND namespace = ? AND snapshot_key = ? AND snapshot_key <> ''",
      )
      .all(snapshotter, namespace, key)
      .map((row) => textOf(row, "id"));
  }

  setPhase(uid: number, phase: ContainerPhase): void {
    this.#store.prepare("UPDATE containers SET phase = ? WHERE uid = ?").run(phase, uid);
  }

  /** Returns whether this was the first time. */
  setStarted(uid: number): boolean {
    return (
      this.#store.prepare("UPDATE containers SET started = 1 WHERE uid = ? AND started = 0").run(uid).changes === 1
    );
  }

  /** Begins another run. */
  setRun(uid: number, run: number): void {
    this.#store.prepare("UPDATE containers SET run = ?, started = 0 WHERE uid = ?").run(run, uid);
  }

  /** Replaces what may change of a record. */
  update({ uid, labels, extensions, updatedAt }: ContainerRecord): void {
    this.#store
      .prepare("UPDATE containers SET labels = ?, extensions = ?, updated_at = max(updated_at, ?) WHERE uid = ?")
      .run(mapToText(labels), extensionsToText(extensions), updatedAt.getTime(), uid);
  }

  /** Takes along what supervision knows of it; the exits stay. */
  delete(uid: number): void {
    this.#store.prepare("DELETE FROM containers WHERE uid = ?").run(uid);
  }
}

function recordFrom(row: Row): ContainerRecord {
  return {
    uid: numberOf(row, "uid"),
    namespace: textOf(row, "namespace"),
    id: textOf(row, "id"),
    phase: phaseOf(row),
    labels: mapOf(row, "labels"),
    image: textOf(row, "image"),
    runtime: textOf(row, "runtime"),
    spec: { typeUrl: textOf(row, "spec_type"), value: bytesOf(row, "spec") },
    snapshotter: textOf(row, "snapshotter"),
    snapshotKey: textOf(row, "snapshot_key"),
    ownsSnapshot: flagOf(row, "owns_snapshot"),
    deleteOnExit: flagOf(row, "delete_on_exit"),
    extensions: extensionsOf(row),
    restartPolicy: { mode: modeOf(row), maxRestarts: numberOf(row, "max_restarts") },
    healthCheck: healthCheckFromText(optionalTextOf(row, "health_check")),
    creation: creationFromText(optionalTextOf(row, "creation")),
    run: numberOf(row, "run"),
    started: flagOf(row, "started"),
    createdAt: dateOf(row, "created_at"),
    updatedAt: dateOf(row, "updated_at"),
  };
}

function modeOf(row: Row): RestartMode {
  const mode = textOf(row, "restart_mode");
  return mode === "on-failure" || mode === "always" || mode === "unless-stopped" ? mode : "no";
}

function phaseOf(row: Row): ContainerPhase {
  const phase = textOf(row, "phase");
  return phase === "creating" || phase === "deleting" ? phase : "ready";
}

/** Each extension is a pair of its type and its bytes in base64. */
function extensionsToText(extensions: ReadonlyMap<string, AnyValue>): string {
  const pairs = [...extensions].map(([name, any]) => [name, [any.typeUrl, Buffer.from(any.value).toString("base64")]]);
  return JSON.stringify(Object.fromEntries(pairs));
}

function extensionsOf(row: Row): ReadonlyMap<string, AnyValue> {
  const value: Record<string, [string, string]> = JSON.parse(textOf(row, "extensions"));
  const pairs = Object.entries(value);
  return new Map(pairs.map(([name, [typeUrl, base64]]) => [name, { typeUrl, value: Buffer.from(base64, "base64") }]));
}
