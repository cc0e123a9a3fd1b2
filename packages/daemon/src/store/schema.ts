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
  `
  ALTER TABLE containers ADD COLUMN run INTEGER NOT NULL DEFAULT 1 CHECK (run >= 1);
  ALTER TABLE containers ADD COLUMN restart_mode TEXT NOT NULL DEFAULT 'no'
    CHECK (restart_mode IN ('no', 'on-failure', 'always', 'unless-stopped'));
  ALTER TABLE containers ADD COLUMN max_restarts INTEGER NOT NULL DEFAULT 0 CHECK (max_restarts >= 0);
  ALTER TABLE containers ADD COLUMN health_check TEXT;
  ALTER TABLE containers ADD COLUMN creation TEXT;

  -- What a container was told, and what came of it; none before its first start.
  CREATE TABLE supervision (
    container INTEGER PRIMARY KEY REFERENCES containers (uid) ON DELETE CASCADE,
    desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped')),
    stopping TEXT,
    remaking INTEGER NOT NULL CHECK (remaking IN (0, 1)),
    attempt INTEGER NOT NULL,
    restarts INTEGER NOT NULL,
    started_at INTEGER,
    restart_at INTEGER,
    health TEXT CHECK (health IN ('starting', 'healthy', 'unhealthy')),
    restart_error TEXT NOT NULL
  ) STRICT;

  -- As before, for each run of a container. Ends of init processes outlive the container, whose uid is never used again.
  CREATE TABLE exits_of_runs (
    container INTEGER NOT NULL,
    run INTEGER NOT NULL,
    exec_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 255),
    exited_at INTEGER NOT NULL,
    oom_killed INTEGER NOT NULL CHECK (oom_killed IN (0, 1)),
    PRIMARY KEY (container, run, exec_id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO exits_of_runs
    SELECT container, 1, exec_id, namespace, id, pid, status, exited_at, oom_killed
    FROM exits JOIN containers ON containers.uid = exits.container;
  DROP TABLE exits;
  ALTER TABLE exits_of_runs RENAME TO exits;
  CREATE INDEX exits_by_id ON exits (namespace, id, container, run) WHERE exec_id = '';
  CREATE INDEX exits_by_time ON exits (exited_at) WHERE exec_id = '';
  `,
  `
  CREATE TABLE leases (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (namespace, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX leases_by_end ON leases (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE lease_resources (
    namespace TEXT NOT NULL,
    lease TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (namespace, lease, type, id),
    FOREIGN KEY (namespace, lease) REFERENCES leases (namespace, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  -- What garbage collection may remove. A row is unsettled while its object is being made or removed.
  CREATE TABLE collectables (
    namespace TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (namespace, type, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX collectables_unsettled ON collectables (namespace) WHERE settled = 0;
  `,
  `
  -- Of the secret there is a hash only (SHA-256). No namespaces means all of them.
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    role TEXT NOT NULL CHECK (role IN ('reader', 'operator', 'admin')),
    namespaces TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
];
