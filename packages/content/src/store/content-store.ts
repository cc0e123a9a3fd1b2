import { join } from "node:path";
import { checkIdentifier, OperationError } from "@gantry/api";
import type { Content, ContentStore } from "@gantry/api/content";
import { type Lock, lock } from "@gantry/sys";
import { errnoOf, fileError } from "../file-error.ts";
import { HashThreads } from "../hashing/hash-threads.ts";
import { BlobFiles } from "./blob-files.ts";
import { ContentRecords } from "./content-records.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { NamespaceContent } from "./namespace-content.ts";
import type { StoreParts } from "./store-parts.ts";
import { transientRefPrefix } from "./transient-ref.ts";

/**
 * Opens the content store in the directory `root`, which is made where it is missing, and removes what a crash may have
 * left in it: bytes that no record speaks of. Interrupted ingests stay, to be resumed.
 *
 * Rejects with
 * - `failed-precondition`: another process has the root open (the message says which), or a newer version wrote it
 * - `data-loss`: the metadata database is damaged
 * - `permission-denied`, `resource-exhausted`: the directory cannot be made or written
 *
 * Cost: one listing of all blobs.
 */
export async function openContentStore(root: string): Promise<ContentStore> {
  const files = new BlobFiles(root);
  await files.prepare();
  const held = takeLock(root);
  try {
    const records = new ContentRecords(join(root, "metadata.db"));
    try {
      records.removeIngestsOf(transientRefPrefix);
      const ingests = new Set(records.ingestIds().map(String));
      await files.sweep(
        (digest) => records.sizeOf(digest) !== undefined,
        (id) => ingests.has(id),
      );
      return new LocalContentStore(root, files, records, held);
    } catch (error) {
      records.close();
      throw fileError(error, { type: "content", id: root }, "cannot clean up the content store");
    }
  } catch (error) {
    held.release();
    throw error;
  }
}

class LocalContentStore implements ContentStore {
  readonly #parts: StoreParts & { closed: boolean };
  readonly #lock: Lock;
  readonly #contents = new Map<string, Content>();

  constructor(root: string, files: BlobFiles, records: ContentRecords, held: Lock) {
    this.#lock = held;
    this.#parts = {
      root,
      files,
      records,
      threads: new HashThreads(),
      perDigest: new KeyedQueue(),
      openRefs: new Map(),
      closed: false,
    };
  }

  /** Throws `invalid-argument`: `namespace` has not the form of an identifier. */
  in(namespace: string): Content {
    let content = this.#contents.get(namespace);
    if (content === undefined) {
      content = new NamespaceContent(checkIdentifier("namespace", namespace), this.#parts);
      this.#contents.set(namespace, content);
    }
    return content;
  }

  async close(): Promise<void> {
    if (this.#parts.closed) return;
    this.#parts.closed = true;
    for (const writer of [...this.#parts.openRefs.values()]) await writer?.close();
    await this.#parts.threads.close();
    this.#parts.records.close();
    this.#lock.release();
  }
}

function takeLock(root: string): Lock {
  try {
    return lock(join(root, "lock"));
  } catch (error) {
    const subject = { type: "content", id: root } as const;
    if (errnoOf(error) !== "EAGAIN") throw fileError(error, subject, "cannot lock the content store");
    const holder = error instanceof Error ? error.message : "held by another process";
    throw new OperationError("failed-precondition", subject, `another process uses this root: ${holder}`, {
      cause: error,
    });
  }
}
