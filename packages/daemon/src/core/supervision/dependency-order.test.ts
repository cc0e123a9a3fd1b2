import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dependenciesOf, findCircle, inDependencyOrder, startOrder } from "./dependency-order.ts";

const graphOf = (edges: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(edges));

describe("dependenciesOf", () => {
  it("reads ids between commas, each once, whatever the spaces", () => {
    const read = (label: string) => dependenciesOf(new Map([["gantry.io/depends-on", label]]));
    assert.deepEqual(read(" a, b,,a ,c"), ["a", "b", "c"]);
    assert.deepEqual(read(""), []);
    assert.deepEqual(dependenciesOf(new Map()), []);
  });
});

describe("findCircle", () => {
  it("names the way back, and only one through the id", () => {
    const graph = graphOf({ a: ["x", "b"], b: ["c"], c: ["a"], d: ["a"], e: ["e"] });
    assert.deepEqual(findCircle(graph, "a"), ["a", "b", "c", "a"]);
    assert.deepEqual(findCircle(graph, "e"), ["e", "e"]);
    assert.equal(findCircle(graph, "d"), undefined);
    assert.equal(findCircle(graph, "x"), undefined);
  });
});

describe("startOrder", () => {
  it("puts each behind those it depends on", () => {
    assert.deepEqual(startOrder(graphOf({ web: ["db", "cache"], cache: ["db"], db: [], other: ["gone"] })), [
      "db",
      "other",
      "cache",
      "web",
    ]);
  });

  it("cuts a circle, and leaves nobody out", () => {
    assert.deepEqual(startOrder(graphOf({ a: ["b"], b: ["a"], c: ["a"] })), ["a", "b", "c"]);
  });
});

describe("inDependencyOrder", () => {
  it("begins each when those before it are done, and holds nobody else up", async () => {
    const begun: string[] = [];
    const db = Promise.withResolvers<void>();
    const free = Promise.withResolvers<void>();
    const all = inDependencyOrder(graphOf({ web: ["db"], db: [], free: [] }), async (id) => {
      begun.push(id);
      if (id === "free") free.resolve();
      if (id === "db") await db.promise;
    });
    await free.promise;
    assert.deepEqual(begun, ["db", "free"]);
    db.resolve();
    await all;
    assert.deepEqual(begun, ["db", "free", "web"]);
  });

  it("does the work of a circle too, each once", async () => {
    const begun: string[] = [];
    await inDependencyOrder(graphOf({ a: ["b"], b: ["c"], c: ["a"] }), async (id) => {
      begun.push(id);
    });
    assert.deepEqual(begun.toSorted(), ["a", "b", "c"]);
  });
});
