import type { Client } from "@gantry/client";

/** What a name without a registry or tag leaves out, as other engines fill it in. */
const registries = ["", "docker.io/library/", "docker.io/"];
const defaultTag = ":latest";

/**
 * Returns the full name of the image that `given` means: the image of exactly this name, else the only one whose name
 * is `given` with a registry in front, a tag behind, or both. Where there is none, or more than one, `given` itself.
 */
export async function resolveImageName(client: Client, given: string): Promise<string> {
  const names = new Set((await client.images.list()).map(({ name }) => name));
  if (names.has(given)) {
    return given;
  }
  const meant = candidates(given).filter((name) => names.has(name));
  return meant.length === 1 && meant[0] !== undefined ? meant[0] : given;
}

function candidates(given: string): readonly string[] {
  const hasTag = /[:@][^/]*$/.test(given);
  const tails = hasTag ? [""] : ["", defaultTag];
  return registries.flatMap((registry) => tails.map((tail) => `${registry}${given}${tail}`));
}
