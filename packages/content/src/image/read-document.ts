import { createHash } from "node:crypto";
import { OperationError, type Subject } from "@gantry/api";
import type { Content, Descriptor } from "@gantry/api/content";
import { parseDigest } from "../digest.ts";
import { documentLimits } from "./documents.ts";
import { type JsonValue, parseJsonDocument } from "./json-document.ts";

/** What a document is to the one that refers to it; decides how big it may be. */
export type DocumentRole = "manifest" | "config";

/** A document with the text it was parsed from. */
export interface ReadDocument {
  readonly text: string;
  readonly json: JsonValue;
}

/**
 * Reads a document from content, verified.
 *
 * Rejects with
 * - `not-found`: the blob is missing
 * - `invalid-argument`: it is malformed, too big, or not as big as the descriptor says
 * - `data-loss`: its bytes are not those of its digest
 */
export async function readDocument(
  content: Content,
  descriptor: Descriptor,
  role: DocumentRole,
): Promise<ReadDocument> {
  const { digest } = descriptor;
  const subject: Subject = { type: "image", id: digest };
  const limit = role === "config" ? documentLimits.configBytes : documentLimits.manifestBytes;
  const { sizeBytes } = await content.stat(digest);
  if (sizeBytes !== descriptor.sizeBytes) {
    const detail = `the ${role} has ${sizeBytes} bytes, its descriptor says ${descriptor.sizeBytes}`;
    throw new OperationError("invalid-argument", subject, detail);
  }
  if (sizeBytes > limit) {
    throw new OperationError(
      "invalid-argument",
      subject,
      `the ${role} has ${sizeBytes} bytes, at most ${limit} are allowed`,
    );
  }
  const bytes = Buffer.concat(await Array.fromAsync(content.read(digest)));
  const { algorithm, hex } = parseDigest(digest);
  if (createHash(algorithm).update(bytes).digest("hex") !== hex) {
    throw new OperationError(
      "data-loss",
      { type: "content", id: digest },
      `the bytes of the ${role} are no longer those of its digest`,
    );
  }
  return { text: bytes.toString(), json: parseJsonDocument(bytes, subject) };
}
