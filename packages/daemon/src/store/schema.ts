/**
 * The steps from nothing to the present schema. A step that was released never changes; a change is a new step.
 *
 * Times are milliseconds since 1970. Maps of labels are JSON objects, targets of images too. What a container's phase is worth: `creating` and
 * `deleting` are intents, found and finished or undone at the next start; `ready` is what clients see.
 */
export const schemas: readonly string[] = [
  `
  CREATE TABLE namespaces (
    name TEXT PRIMARY KEY,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE containers (
    uid INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('creating', 'ready', 'deleting')),
    labels TEXT NOT NULL,
    image TEXT NOT NULL,
    runtime TEXT NOT NULL CHECK (runtime <> ''),
    spec_type TEXT NOT NULL,
    spec BLOB NOT NULL,
    snapshotter TEXT NOT NULL,
    snapshot_key TEXT NOT NULL,
    owns_snapshot INTEGER NOT NULL CHECK (owns_snapshot IN (0, 1)),
    delete_on_exit INTEGER NOT NULL CHECK (delete_on_exit IN (0, 1)),
    extensions TEXT NOT NULL,
    started INTEGER NOT NULL DEFAULT 0 CHECK (started IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (namespace, id),
    CHECK (owns_snapshot = 0 OR snapshot_key <> '')
  ) STRICT;
  CREATE INDEX containers_by_snapshot ON containers (snapshotter, namespace, snapshot_key) WHERE snapshot_key <> '';

  -- How the init process of a container ended (exec_id ''), or that of an exec. One row each: the row is what makes the
  -- event of an exit come once.
  CREATE TABLE exits (
    container INTEGER NOT NULL REFERENCES containers (uid) ON DELETE CASCADE,
    exec_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 255),
    exited_at INTEGER NOT NULL,
    oom_killed INTEGER NOT NULL CHECK (oom_killed IN (0, 1)),
    PRIMARY KEY (container, exec_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE images (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, name)
  ) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: a number is never used twice, also after the newest events were dropped.
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    occurred_at INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    exec_id TEXT NOT NULL,
    exit TEXT,
    attributes TEXT NOT NULL
  ) STRICT;
  `,
];
