import {
  type BigIntStats,
  closeSync,
  constants,
  copyFileSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";

/** What is read at once; between two reads the work can be stopped. */
const chunkBytes = 1 << 20;

/** A hole is found by zeros of this length, the block size of most file systems. */
const blockBytes = 4096;

/** Files beyond this size are copied chunk by chunk, so that an abort need not wait for all of one. */
const largeBytes = 64n << 20n;

const noBlock = Buffer.alloc(blockBytes);

/** Copies the content of regular files of one tree into another on the same file system. */
export class FileCopier {
  readonly #proceed: () => void;
  /** Until the file system has shown that it cannot share blocks between files (ioctl_ficlone(2)). */
  #reflinks = true;

  /** @param proceed - throws to stop the work */
  constructor(proceed: () => void) {
    this.#proceed = proceed;
  }

  /** Makes the file `to`, which must not exist, with the content of `from`; holes stay holes. */
  copy(from: Buffer, to: Buffer, stats: BigIntStats): void {
    if (this.#reflinks && this.#share(from, to)) {
      return;
    }
    const sparse = stats.blocks * 512n < stats.size;
    if (sparse || stats.size > largeBytes) {
      this.#copyBlocks(from, to, Number(stats.size));
    } else {
      copyFileSync(from, to, constants.COPYFILE_EXCL);
    }
  }

  #share(from: Buffer, to: Buffer): boolean {
    try {
      copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch {
      // The error differs between file systems. If there is another reason, the plain copy meets it too.
      this.#reflinks = false;
      return false;
    }
  }

  #copyBlocks(from: Buffer, to: Buffer, size: number): void {
    const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const target = openSync(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        ftruncateSync(target, size);
        this.#copyChunks(source, target);
      } finally {
        closeSync(target);
      }
    } finally {
      closeSync(source);
    }
  }

  #copyChunks(source: number, target: number): void {
    const chunk = Buffer.alloc(chunkBytes);
    let position = 0;
    for (let length = readSync(source, chunk, 0, chunkBytes, 0); length > 0; ) {
      this.#proceed();
      writeWithoutHoles(target, chunk.subarray(0, length), position);
      position += length;
      length = readSync(source, chunk, 0, chunkBytes, position);
    }
  }
}

function writeWithoutHoles(target: number, chunk: Buffer, position: number): void {
  for (let start = 0; start < chunk.length; start += blockBytes) {
    const block = chunk.subarray(start, start + blockBytes);
    if (noBlock.compare(block, 0, block.length, 0, block.length) !== 0) {
      writeAll(target, block, position + start);
    }
  }
}

function writeAll(target: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(target, bytes, done, bytes.length - done, position + done);
  }
}
