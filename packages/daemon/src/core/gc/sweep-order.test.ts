import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Seeded } from "../../testing/seeded.ts";
import type { GcObject } from "./gc-object.ts";
import { referrersFirst } from "./sweep-order.ts";

const object = (id: number | string): GcObject => ({ type: "content", id: `${id}` });

describe("referrersFirst", () => {
  it("puts nothing before what refers to it, whatever the graph without circles", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Seeded(seed);
      const count = 1 + random.below(20);
      // References go to larger numbers only, so that there is no circle; the order given is a shuffled one.
      const targets = Array.from({ length: count }, (_, from) =>
        Array.from({ length: random.below(4) }, () => from + 1 + random.below(count)).filter((to) => to < count),
      );
      const given = Array.from({ length: count }, (_, index) => (index * 7 + seed) % count);
      const objects = [...new Set(given)].map(object);
      const references = ({ id }: GcObject) => (targets[Number(id)] ?? []).map((to) => ({ to: object(to), why: "" }));
      const ordered = referrersFirst(objects, references).map(({ id }) => Number(id));
      assert.equal(new Set(ordered).size, objects.length);
      for (const [from, all] of targets.entries()) {
        for (const to of all) {
          if (!ordered.includes(from) || !ordered.includes(to)) continue;
          assert.ok(ordered.indexOf(from) < ordered.indexOf(to), `seed ${seed}: ${from} refers to ${to}`);
        }
      }
    }
  });

  it("leaves out nothing of a circle, and looks at nothing that is not to be removed", () => {
    const edges = new Map([
      ["a", ["b"]],
      ["b", ["a", "kept", "b"]],
      ["c", ["a"]],
    ]);
    const references = ({ id }: GcObject) => (edges.get(id) ?? []).map((to) => ({ to: object(to), why: "" }));
    const ordered = referrersFirst(["a", "b", "c"].map(object), references).map(({ id }) => id);
    assert.deepEqual(ordered, ["c", "a", "b"]);
  });
});
