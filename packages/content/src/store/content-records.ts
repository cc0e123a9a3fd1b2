import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ContentInfo } from "@gantry/api/content";
import { databaseError } from "./database-error.ts";
import { integerIn, labelsIn, labelsText, optionalIntegerIn, optionalTextIn, type Row, textIn, timeIn } from "./row.ts";
import { prepareSchema } from "./schema.ts";

/** What is recorded of an ingest; how far it is, its file says. */
export interface IngestRecord {
  /** Names its directory. */
  readonly id: bigint;
  readonly namespace: string;
  readonly ref: string;
  readonly totalBytes: bigint | null;
  readonly expectedDigest: string | null;
  readonly startedAt: Date;
}

/** What a blob's record is made of. */
export interface NewBlob {
  readonly namespace: string;
  readonly digest: string;
  readonly sizeBytes: bigint;
  readonly labels: ReadonlyMap<string, string>;
  /** The ingest that ends with it. */
  readonly ingest: bigint;
}

const infoColumns = "digest, size_bytes, labels, created_ms, updated_ms FROM visible JOIN blobs USING (digest)";
const ingestColumns = "id, namespace, ref, total_bytes, expected_digest, started_ms FROM ingests";

/** The metadata of a content store: what is visible to whom, and what is being written. Calls are durable on return. */
export class ContentRecords {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or makes the database file `path`, of which there must be no second user. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      prepareSchema(this.#database, path);
    } catch (error) {
      this.#database.close();
      throw databaseError(error, path);
    }
  }

  close(): void {
    this.#database.close();
  }

  /** What a namespace knows about a blob, or `undefined` if it sees none. */
  info(namespace: string, digest: string): ContentInfo | undefined {
    const row = this.#row(`SELECT ${infoColumns} WHERE namespace = ? AND digest = ?`, namespace, digest);
    return row && infoOf(row);
  }

  /** The next blobs of a namespace behind `digest`, ordered. */
  infosAfter(namespace: string, digest: string, count: number): readonly ContentInfo[] {
    const order = "ORDER BY digest LIMIT ?";
    const text = `SELECT ${infoColumns} WHERE namespace = ? AND digest > ? ${order}`;
    return this.#rows(text, namespace, digest, count).map(infoOf);
  }

  /** The size of a blob that any namespace sees, or `undefined`. */
  sizeOf(digest: string): bigint | undefined {
    const row = this.#row("SELECT size_bytes FROM blobs WHERE digest = ?", digest);
    return row && integerIn(row, "size_bytes");
  }

  /** Makes a blob visible to a namespace and ends its ingest. */
  addBlob(blob: NewBlob): ContentInfo {
    const { namespace, digest, sizeBytes, labels } = blob;
    const now = Date.now();
    this.#transaction(() => {
      this.#run("INSERT INTO blobs VALUES (?, ?) ON CONFLICT DO NOTHING", digest, sizeBytes);
      this.#run("INSERT INTO visible VALUES (?, ?, ?, ?, ?)", namespace, digest, labelsText(labels), now, now);
      this.#run("DELETE FROM ingests WHERE id = ?", blob.ingest);
    });
    return { digest, sizeBytes, labels: new Map(labels), createdAt: new Date(now), updatedAt: new Date(now) };
  }

  /** Replaces a blob's labels; its times never go back, whatever the clock does. */
  setLabels(namespace: string, digest: string, labels: ReadonlyMap<string, string>): void {
    const text = "UPDATE visible SET labels = ?, updated_ms = max(updated_ms, ?) WHERE namespace = ? AND digest = ?";
    this.#run(text, labelsText(labels), Date.now(), namespace, digest);
  }

  /** Takes a blob from a namespace. Returns whether nobody else sees it, so that its file must go. */
  removeBlob(namespace: string, digest: string): boolean {
    return this.#transaction(() => {
      this.#run("DELETE FROM visible WHERE namespace = ? AND digest = ?", namespace, digest);
      // Plain parameters: Node 22 counts numbered ones wrongly.
      const orphaned =
        "DELETE FROM blobs WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM visible WHERE digest = blobs.digest)";
      return this.#run(orphaned, digest) > 0;
    });
  }

  /** The ingest under a ref, or `undefined`. */
  ingest(namespace: string, ref: string): IngestRecord | undefined {
    const row = this.#row(`SELECT ${ingestColumns} WHERE namespace = ? AND ref = ?`, namespace, ref);
    return row && ingestOf(row);
  }

  /** All ingests of a namespace, ordered by ref. */
  ingests(namespace: string): readonly IngestRecord[] {
    return this.#rows(`SELECT ${ingestColumns} WHERE namespace = ? ORDER BY ref`, namespace).map(ingestOf);
  }

  /** The ids of all ingests of all namespaces. */
  ingestIds(): readonly bigint[] {
    return this.#rows("SELECT id FROM ingests").map((row) => integerIn(row, "id"));
  }

  /** Records the start of an ingest, or what its next writer says about it. */
  startIngest(namespace: string, ref: string, totalBytes: bigint | null, expectedDigest: string | null): IngestRecord {
    const text = `INSERT INTO ingests (namespace, ref, total_bytes, expected_digest, started_ms) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (namespace, ref) DO UPDATE SET
        total_bytes = coalesce(excluded.total_bytes, total_bytes),
        expected_digest = coalesce(excluded.expected_digest, expected_digest)
      RETURNING id, namespace, ref, total_bytes, expected_digest, started_ms`;
    const [row] = this.#rows(text, namespace, ref, totalBytes, expectedDigest, Date.now());
    return ingestOf(row ?? {});
  }

  /** Forgets the ingests whose refs begin so, of all namespaces. */
  removeIngestsOf(refPrefix: string): void {
    this.#run("DELETE FROM ingests WHERE substr(ref, 1, length(?)) = ?", refPrefix, refPrefix);
  }

  removeIngest(id: bigint): void {
    this.#run("DELETE FROM ingests WHERE id = ?", id);
  }

  #transaction<T>(work: () => T): T {
    this.#run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#run("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(text: string, ...values: Value[]): number {
    return Number(this.#guard(() => this.#statement(text).run(...values).changes));
  }

  #row(text: string, ...values: Value[]): Row | undefined {
    return this.#guard(() => this.#statement(text).get(...values));
  }

  #rows(text: string, ...values: Value[]): readonly Row[] {
    return this.#guard(() => this.#statement(text).all(...values));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, "metadata.db");
    }
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      statement.setReadBigInts(true);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

type Value = string | number | bigint | null;

function infoOf(row: Row): ContentInfo {
  return {
    digest: textIn(row, "digest"),
    sizeBytes: integerIn(row, "size_bytes"),
    labels: labelsIn(row, "labels"),
    createdAt: timeIn(row, "created_ms"),
    updatedAt: timeIn(row, "updated_ms"),
  };
}

function ingestOf(row: Row): IngestRecord {
  return {
    id: integerIn(row, "id"),
    namespace: textIn(row, "namespace"),
    ref: textIn(row, "ref"),
    totalBytes: optionalIntegerIn(row, "total_bytes"),
    expectedDigest: optionalTextIn(row, "expected_digest"),
    startedAt: timeIn(row, "started_ms"),
  };
}
