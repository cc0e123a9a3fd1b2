import { isOperationError, OperationError, type Subject } from "@gantry/api";
import type { Content, ContentWriter } from "@gantry/api/content";
import { isDigest, sha256Of } from "../digest.ts";
import { transientRefPrefix } from "../store/transient-ref.ts";
import type { ArchiveFile, ArchiveFiles } from "./archive-files.ts";

/** Makes blobs of an archive's files, and takes back those it made. */
export class ArchiveCommit {
  readonly content: Content;
  readonly subject: Subject;
  readonly #files: ArchiveFiles;
  /** Digests of the blobs that were not there before. */
  readonly #made: string[] = [];
  /** Digests of files that are blobs by now, since a file can be committed once only. */
  readonly #committed = new Map<ArchiveFile, string>();

  constructor(content: Content, subject: Subject, files: ArchiveFiles) {
    this.content = content;
    this.subject = subject;
    this.#files = files;
  }

  /** The bytes of a document at the top of the archive, or `undefined` if it is not there. */
  document(path: string): Buffer | undefined {
    const data = this.#files.find(path)?.data;
    return Buffer.isBuffer(data) ? data : undefined;
  }

  /** A file of the archive. Throws `invalid-argument`: it is not there. */
  file(path: string): ArchiveFile {
    const file = this.#files.find(path);
    if (file === undefined) throw this.refuse(`has no file ${JSON.stringify(path)}`);
    return file;
  }

  /** The file of an OCI image layout (image-layout.md, "Blobs") that has a digest, or `undefined`. */
  blobFile(digest: string): ArchiveFile | undefined {
    return isDigest(digest) ? this.#files.find(`blobs/${digest.replace(":", "/")}`) : undefined;
  }

  /**
   * Makes a blob of a file and returns its digest. A blob that is there is fine.
   *
   * @param digest - what the archive says the digest is, if it does; verified
   */
  async commit(file: ArchiveFile, digest?: string): Promise<string> {
    const { data } = file;
    const committed =
      this.#committed.get(file) ??
      (Buffer.isBuffer(data) ? await this.put(data, digest) : await this.#finish(data, digest));
    this.#committed.set(file, committed);
    if (digest === undefined || committed === digest) return committed;
    throw this.refuse(`a file has digest ${committed}, but ${digest} was promised`);
  }

  /** Makes a blob of a few bytes and returns its digest. */
  async put(bytes: Buffer, digest?: string): Promise<string> {
    const ref = `${transientRefPrefix}import/${crypto.randomUUID()}`;
    const writer = await this.content.openWriter(ref);
    try {
      await writer.write(bytes);
      return await this.#finish(writer, digest ?? sha256Of(bytes));
    } catch (error) {
      await writer.close();
      await this.content.abort(ref).catch(() => {
        // It is transient: it goes at the next open of the store.
      });
      throw error;
    }
  }

  /** Takes back every blob that was made. Returns what failed meanwhile. */
  async undo(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (const digest of this.#made.toReversed()) {
      await this.content.delete(digest).catch((error: unknown) => failures.push(error));
    }
    return failures;
  }

  /** The error for an archive that breaks a rule. */
  refuse(rule: string): OperationError {
    return new OperationError("invalid-argument", this.subject, rule);
  }

  async #finish(writer: ContentWriter, digest: string | undefined): Promise<string> {
    try {
      const info = await writer.commit(digest === undefined ? {} : { digest });
      this.#made.push(info.digest);
      return info.digest;
    } catch (error) {
      if (isOperationError(error, "already-exists")) return digest ?? error.subject.id;
      if (!isOperationError(error, "failed-precondition")) throw error;
      const detail = `a blob is not what its path says: ${error.detail}`;
      throw new OperationError("invalid-argument", this.subject, detail, { cause: error });
    }
  }
}
