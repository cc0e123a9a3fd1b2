import { createHash } from "node:crypto";
import { OperationError } from "@gantry/api";

/** The algorithms that content may be named by (OCI image specification, descriptor.md, "Registered algorithms"). */
export type DigestAlgorithm = "sha256" | "sha512";

/** A digest in its two parts. `hex` is safe as a file name. */
export interface ParsedDigest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

const digestPattern = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/;

/**
 * Takes a digest apart.
 *
 * Throws `invalid-argument`: the algorithm is unknown, or the rest is not exactly its number of lower-case digits.
 */
export function parseDigest(digest: string): ParsedDigest {
  const match = digestPattern.exec(digest);
  if (match?.[2] !== undefined) return { algorithm: "sha256", hex: match[2] };
  if (match?.[4] !== undefined) return { algorithm: "sha512", hex: match[4] };
  const expected = "a digest must be sha256: and 64, or sha512: and 128 lower-case hexadecimal digits";
  throw new OperationError("invalid-argument", { type: "content", id: digest.slice(0, 160) }, expected);
}

/** Whether `text` has the form that {@link parseDigest} accepts. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** The sha256 digest of a few bytes; for more than a document, hash off the main thread. */
export function sha256Of(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
