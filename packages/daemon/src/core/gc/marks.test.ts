import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Seeded } from "../../testing/seeded.ts";
import { type GcObject, keyOf } from "./gc-object.ts";
import type { Reference } from "./label-references.ts";
import { Marks } from "./marks.ts";

const object = (id: number | string): GcObject => ({ type: "content", id: `${id}` });
const breathe = async () => {};

/** What `from` refers to, by identifier. */
type Edges = ReadonlyMap<string, readonly string[]>;

const referencesIn =
  (edges: Edges, flat: ReadonlySet<string> = new Set()) =>
  ({ id }: GcObject): readonly Reference[] =>
    (edges.get(id) ?? []).map((to) => ({ to: object(to), why: `from ${id}`, flat: flat.has(id) }));

function randomEdges(random: Seeded, count: number): Edges {
  const pairs = Array.from({ length: count }, (_, index) => {
    return [`${index}`, Array.from({ length: random.below(4) }, () => `${random.below(count)}`)] as const;
  });
  return new Map(pairs);
}

/** The same by another way: all pairs, until nothing changes. */
function reachable(roots: readonly string[], edges: Edges): ReadonlySet<string> {
  const reached = new Set(roots);
  for (let before = -1; before !== reached.size; ) {
    before = reached.size;
    for (const [from, targets] of edges) {
      if (reached.has(from)) for (const to of targets) reached.add(to);
    }
  }
  return reached;
}

describe("Marks", () => {
  it("marks exactly what is reachable, whatever the graph, with a way from a root to each", async () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Seeded(seed);
      const count = 1 + random.below(24);
      const edges = randomEdges(random, count);
      const roots = Array.from({ length: random.below(4) }, () => `${random.below(count)}`);
      const marks = new Marks();
      const given = roots.map((id) => ({ object: object(id), why: "root" }));
      await marks.spread(given, referencesIn(edges), breathe);
      const expected = reachable(roots, edges);
      for (let id = 0; id < count; id += 1) {
        assert.equal(marks.has(object(id)), expected.has(`${id}`), `seed ${seed}, object ${id}`);
        checkPath(marks, edges, { id: `${id}`, roots, isReachable: expected.has(`${id}`) });
      }
    }
  });

  it("comes to the same in parts as at once", async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = new Seeded(seed);
      const edges = randomEdges(random, 16);
      const roots = Array.from({ length: 4 }, () => `${random.below(16)}`);
      const marks = new Marks();
      for (const id of roots) await marks.spread([{ object: object(id), why: "root" }], referencesIn(edges), breathe);
      const expected = reachable(roots, edges);
      for (let id = 0; id < 16; id += 1) assert.equal(marks.has(object(id)), expected.has(`${id}`), `seed ${seed}`);
    }
  });

  it("does not follow a flat reference, but what is reached another way too", async () => {
    const edges: Edges = new Map([
      ["lease", ["a", "b"]],
      ["a", ["below a"]],
      ["b", ["below b"]],
    ]);
    const references = referencesIn(edges, new Set(["lease"]));
    const marks = new Marks();
    await marks.spread([{ object: object("lease"), why: "a lease" }], references, breathe);
    assert.deepEqual(
      ["a", "b", "below a", "below b"].map((id) => marks.has(object(id))),
      [true, true, false, false],
    );
    await marks.spread([{ object: object("b"), why: "a call works with it" }], references, breathe);
    assert.equal(marks.has(object("below b")), true);
    assert.equal(marks.has(object("below a")), false);
  });

  it("has no way to what is not marked", () => assert.deepEqual(new Marks().pathTo(object(1)), []));
});

function checkPath(
  marks: Marks,
  edges: Edges,
  { id, roots, isReachable }: { readonly id: string; readonly roots: readonly string[]; readonly isReachable: boolean },
): void {
  const path = marks.pathTo(object(id));
  assert.equal(path.length > 0, isReachable);
  for (const [index, step] of path.entries()) {
    const before = path[index - 1];
    if (before === undefined) assert.ok(roots.includes(step.object.id));
    else {
      assert.ok(edges.get(before.object.id)?.includes(step.object.id));
      assert.equal(step.from, keyOf(before.object));
    }
  }
  if (isReachable) assert.equal(path.at(-1)?.object.id, id);
}
