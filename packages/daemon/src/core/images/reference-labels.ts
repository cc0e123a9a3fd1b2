import type { Content, Descriptor, ImageOperations, ImportedImage } from "@gantry/api/content";
import { isFound } from "../gc/object-exists.ts";

/** How the labels begin by which a document keeps content; see the labels of garbage collection. */
const contentLabel = "gantry.dev/gc.ref.content";

/** How many labels a document gets: fewer than it may have, so that there is room for others. */
const maxLabels = 128;

/**
 * Writes on every manifest and index of imported images what it refers to, so that a lease on one of them, or an image
 * that is made by hand, keeps all of it.
 */
export async function labelReferred(
  images: ImageOperations,
  content: Content,
  imported: readonly ImportedImage[],
): Promise<void> {
  const done = new Set<string>();
  for (const { target } of imported) {
    for (const document of await images.references(content, target)) {
      if (done.has(document.digest)) continue;
      done.add(document.digest);
      const below = (await images.references(content, document)).slice(1);
      if (below.length > 0) await label(content, document, below);
    }
  }
}

async function label(content: Content, document: Descriptor, below: readonly Descriptor[]): Promise<void> {
  if (!(await isFound(content.stat(document.digest)))) return;
  const { labels } = await content.stat(document.digest);
  const wanted = below.slice(0, maxLabels).map(({ digest }, index) => [`${contentLabel}.${index}`, digest] as const);
  if (wanted.every(([key, digest]) => labels.get(key) === digest)) return;
  await content.setLabels(document.digest, new Map([...labels, ...wanted]));
}
