import { createHash } from "node:crypto";
import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type { ContentService } from "@gantry/api/gantry/content/v1";
import { dateToMessage } from "@gantry/api/wire";

/** Content in memory, as far as the client's tests look. */
export class FakeContent {
  readonly ingests = new Map<string, Buffer>();
  readonly blobs = new Map<string, Buffer>();
  readonly calls: string[];
  /** How many more writes are taken before the ingest is said to be taken by another writer. */
  writesLeft = Number.POSITIVE_INFINITY;

  constructor(calls: string[]) {
    this.calls = calls;
  }

  readonly service: Partial<ServiceImpl<typeof ContentService>> = {
    getIngest: ({ ref }) => ({ ingest: { ref, offsetBytes: BigInt(this.#find(ref).length) } }),
    writeContent: ({ data, offsetBytes, ref }) => {
      this.calls.push(`write ${ref} at ${offsetBytes}: ${data.length} bytes`);
      if (this.writesLeft === 0) {
        throw new OperationError("unavailable", { type: "ingest", id: ref }, "is taken");
      }
      this.writesLeft -= 1;
      const held = this.ingests.get(ref) ?? Buffer.alloc(0);
      if (offsetBytes > held.length) {
        throw new OperationError("out-of-range", { type: "ingest", id: ref }, `holds ${held.length} bytes only`);
      }
      const fresh = data.subarray(held.length - Number(offsetBytes));
      this.ingests.set(ref, Buffer.concat([held, fresh]));
      return { offsetBytes: BigInt(held.length + fresh.length) };
    },
    commitContent: ({ digest, ref, sizeBytes }) => {
      const bytes = this.#find(ref);
      const actual = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      if (digest !== "" && digest !== actual) {
        throw new OperationError("failed-precondition", { type: "ingest", id: ref }, `is ${actual}, not ${digest}`);
      }
      this.calls.push(`commit ${ref}: ${sizeBytes} bytes`);
      this.ingests.delete(ref);
      this.blobs.set(actual, bytes);
      return { info: this.#info(actual) };
    },
    abortIngest: ({ ref }) => {
      this.calls.push("abort");
      this.#find(ref);
      this.ingests.delete(ref);
      return {};
    },
    statContent: ({ digest }) => ({ info: this.#info(digest) }),
    readContent: async function* (
      this: FakeContent,
      { digest, lengthBytes, offsetBytes }: { digest: string; lengthBytes: bigint; offsetBytes: bigint },
    ) {
      const bytes = this.blobs.get(digest) ?? Buffer.alloc(0);
      const end = lengthBytes === 0n ? bytes.length : Number(offsetBytes + lengthBytes);
      for (let begin = Number(offsetBytes); begin < end; begin += 1000) {
        yield { offsetBytes: BigInt(begin), data: new Uint8Array(bytes.subarray(begin, Math.min(end, begin + 1000))) };
      }
    }.bind(this),
  };

  #info(digest: string) {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) {
      throw new OperationError("not-found", { type: "content", id: digest }, "there is no such blob");
    }
    const at = dateToMessage(new Date(1_700_000_000_000));
    return { digest, sizeBytes: BigInt(bytes.length), labels: {}, createdAt: at, updatedAt: at };
  }

  #find(ref: string): Buffer {
    const bytes = this.ingests.get(ref);
    if (bytes === undefined) {
      throw new OperationError("not-found", { type: "ingest", id: ref }, "there is no such ingest");
    }
    return bytes;
  }
}
