import type { Subject } from "@gantry/api";
import type { Content, ImportedImage, ImportOptions } from "@gantry/api/content";
import { withCleanup } from "../cleanup.ts";
import { isDigest } from "../digest.ts";
import { KeyedQueue } from "../store/keyed-queue.ts";
import { ArchiveCommit } from "./archive-commit.ts";
import { ArchiveFiles } from "./archive-files.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { importDockerArchive } from "./docker-archive.ts";
import { importOciLayout } from "./oci-layout.ts";

/** Reads archives of images into content; see `ImageOperations.importArchive`. */
export class ArchiveImporter {
  readonly #limits: ArchiveLimits;
  /**
   * One import at a time makes blobs visible: so none that fails takes a blob back that another has found there
   * meanwhile. Reading, which takes the time, is not serialised.
   */
  readonly #commits = new KeyedQueue();

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  async import(
    content: Content,
    archive: AsyncIterable<Uint8Array>,
    options: ImportOptions = {},
  ): Promise<readonly ImportedImage[]> {
    const subject: Subject = { type: "image", id: "archive" };
    const onBytes = progressOf(options);
    const files = new ArchiveFiles(content, subject, { ...options, limits: this.#limits, ...onBytes });
    try {
      await files.read(archive);
      const images = await this.#commits.run("", () => importAll(new ArchiveCommit(content, subject, files), options));
      await files.discard();
      return images;
    } catch (error) {
      throw withCleanup(error, await files.discard());
    }
  }
}

async function importAll(commit: ArchiveCommit, options: ImportOptions): Promise<readonly ImportedImage[]> {
  try {
    options.signal?.throwIfAborted();
    const index = commit.document("index.json");
    const manifest = commit.document("manifest.json");
    // Since version 25 Docker writes both, and the first says more.
    if (index === undefined && manifest === undefined) {
      throw commit.refuse("is no archive of images: it has neither index.json nor manifest.json");
    }
    const images =
      index === undefined
        ? await importDockerArchive(commit, manifest ?? Buffer.alloc(0))
        : await importOciLayout(commit, index);
    if (images.length === 0) throw commit.refuse("lists no image");
    options.signal?.throwIfAborted();
    return images;
  } catch (error) {
    throw withCleanup(error, await commit.undo());
  }
}

/** Only files that are named by their digest can be told about while they are read. */
function progressOf({ onProgress }: ImportOptions) {
  if (onProgress === undefined) return {};
  return {
    onBytes: (path: string, doneBytes: bigint, totalBytes: bigint) => {
      const digest = path.replace(/^blobs\/([^/]+)\//, "$1:");
      if (isDigest(digest)) onProgress({ stage: "import", digest, doneBytes, totalBytes });
    },
  };
}
