import type { DigestAlgorithm } from "../digest.ts";

/** What a hashing thread is asked. Requests are answered in order, each with one {@link HashReply}. */
export type HashRequest =
  /** Begin with the bytes of a file, of which none are hashed yet. */
  | { readonly hash: number; readonly do: "start"; readonly algorithm: DigestAlgorithm; readonly path: string }
  /** Go on until the first `length` bytes are hashed. */
  | { readonly hash: number; readonly do: "advance"; readonly length: bigint }
  /** Tell the digest so far, in hexadecimal digits; more may follow. */
  | { readonly hash: number; readonly do: "digest" }
  | { readonly hash: number; readonly do: "drop" };

/** The answer to one request. */
export type HashReply = { readonly value: string } | { readonly error: unknown };
