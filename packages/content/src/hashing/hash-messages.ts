import type { DigestAlgorithm } from "../digest.ts";

/** What a hashing thread is asked. Requests are answered in order, each with one {@link HashReply}. */
export type HashRequest =
  | { readonly hash: number; readonly do: "start"; readonly algorithm: DigestAlgorithm }
  | { readonly hash: number; readonly do: "bytes"; readonly bytes: Uint8Array }
  /** Hash the first `length` bytes of a file. */
  | { readonly hash: number; readonly do: "file"; readonly path: string; readonly length: bigint }
  /** Tell the digest so far, in hexadecimal digits; more may follow. */
  | { readonly hash: number; readonly do: "digest" }
  | { readonly hash: number; readonly do: "drop" };

/** The answer to one request. */
export type HashReply = { readonly value: string } | { readonly error: unknown };
