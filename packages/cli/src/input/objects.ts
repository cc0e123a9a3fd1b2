import type { Client } from "@gantry/client";
import { InvalidArgumentError } from "commander";

/** An object as leases and garbage collection name it. */
export type ObjectRef = Parameters<Client["gc"]["explain"]>[0];

const digestPattern = /^sha(?:256|512):[0-9a-f]+$/;

/** How objects are written, for help. */
export const objectForm =
  "TYPE:ID, as content:DIGEST, snapshot:NAME, snapshot/SNAPSHOTTER:NAME, image:NAME; or a digest";

/** Reads an object that is written as TYPE:ID; a digest alone is content. */
export function parseObject(text: string): ObjectRef {
  if (digestPattern.test(text)) return { type: "content", id: text };
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1) return { type: text.slice(0, colon), id: text.slice(colon + 1) };
  throw new InvalidArgumentError(`expected ${objectForm}`);
}

/** Writes an object as {@link parseObject} reads it. */
export function objectText({ type, id }: ObjectRef): string {
  return `${type}:${id}`;
}
