import type { ContentWriter } from "@gantry/api/content";
import type { HashThreads } from "../hashing/hash-threads.ts";
import type { BlobFiles } from "./blob-files.ts";
import type { ContentRecords } from "./content-records.ts";
import type { KeyedQueue } from "./keyed-queue.ts";

/** What the namespaces of one store share. */
export interface StoreParts {
  readonly root: string;
  readonly files: BlobFiles;
  readonly records: ContentRecords;
  readonly threads: HashThreads;
  /** Serialises what makes and removes the file of one digest. */
  readonly perDigest: KeyedQueue;
  /** The ingests that somebody deals with, by `NAMESPACE/REF`; `null` while no writer is open yet. */
  readonly openRefs: Map<string, ContentWriter | null>;
  readonly closed: boolean;
}
