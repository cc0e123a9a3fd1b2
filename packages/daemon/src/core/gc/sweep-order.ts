import { type GcObject, keyOf } from "./gc-object.ts";
import type { ReferencesOf } from "./marks.ts";

/**
 * Orders what is to be removed so that nothing goes before what refers to it: who finds one of them finds all that it
 * refers to, at any point. What refers to itself by way of others comes last, in the order given.
 */
export function referrersFirst(objects: readonly GcObject[], referencesOf: ReferencesOf): readonly GcObject[] {
  const left = new Map(objects.map((object) => [keyOf(object), { object, referrers: 0 }]));
  const targets = (object: GcObject) =>
    referencesOf(object).flatMap(({ to }) => {
      const target = left.get(keyOf(to));
      return target === undefined || target.object === object ? [] : [target];
    });
  for (const { object } of left.values()) {
    for (const target of targets(object)) target.referrers += 1;
  }
  const ordered = objects.filter((object) => left.get(keyOf(object))?.referrers === 0);
  for (let index = 0; index < ordered.length; index += 1) {
    const object = ordered[index];
    if (object === undefined) break;
    for (const target of targets(object)) {
      target.referrers -= 1;
      if (target.referrers === 0) ordered.push(target.object);
    }
  }
  const done = new Set(ordered.map(keyOf));
  return [...ordered, ...objects.filter((object) => !done.has(keyOf(object)))];
}
