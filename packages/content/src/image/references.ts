import { isOperationError } from "@gantry/api";
import type { Content, Descriptor } from "@gantry/api/content";
import { readIndex, readManifest } from "./documents.ts";
import { documentKind } from "./media-types.ts";
import { readDocument } from "./read-document.ts";

/** Returns every descriptor reachable from `target`; see `ImageOperations.references`. */
export async function referencesOf(content: Content, target: Descriptor): Promise<readonly Descriptor[]> {
  // By digest: what is referred to twice is one thing, and no circle can come to be.
  const seen = new Map<string, Descriptor>();
  const ahead = [target];
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    if (seen.has(next.digest)) continue;
    seen.set(next.digest, next);
    ahead.push(...(await childrenOf(content, next)));
  }
  return [...seen.values()];
}

/** What a document points to directly; nothing if it is missing, or is no document. */
async function childrenOf(content: Content, descriptor: Descriptor): Promise<readonly Descriptor[]> {
  const kind = documentKind(descriptor.mediaType);
  if (kind === undefined) return [];
  try {
    const { json } = await readDocument(content, descriptor, "manifest");
    if (kind === "index") return readIndex(json, descriptor.mediaType);
    const { config, layers } = readManifest(json, descriptor.mediaType);
    return [config, ...layers];
  } catch (error) {
    if (isOperationError(error, "not-found")) return [];
    throw error;
  }
}
