import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of chance in a secret: 256 bits cannot be guessed, so that a plain hash keeps it as well as a slow one. */
const secretBytes = 32;
const idBytes = 8;
const form = /^gantry_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const noHash = Buffer.alloc(32);

/** A secret, and what may be kept of it. */
export interface NewSecret {
  readonly id: string;
  /** Shown once. Begins with `gantry_`, so that programs that look for leaked secrets find it. */
  readonly text: string;
  readonly hash: Uint8Array;
}

/** Draws a new secret. */
export function drawSecret(): NewSecret {
  const id = randomBytes(idBytes).toString("hex");
  const text = `gantry_${id}_${randomBytes(secretBytes).toString("base64url")}`;
  return { id, text, hash: hashOf(text) };
}

/** Returns the id in a secret, `undefined` for what cannot be one. */
export function idIn(text: string): string | undefined {
  return form.exec(text)?.[1];
}

/** Whether `hash` is that of `text`; how long the answer takes does not depend on how much of it is right. */
export function matches(text: string, hash: Uint8Array | undefined): boolean {
  const isEqual = timingSafeEqual(hashOf(text), hash ?? noHash);
  return isEqual && hash !== undefined;
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
