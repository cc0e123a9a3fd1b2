import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toJson } from "./json.ts";
import { formatAge, formatSize } from "./quantities.ts";
import { table } from "./table.ts";
import { tree } from "./tree.ts";

describe("toJson", () => {
  it("writes maps, dates, bytes and exact integers", () => {
    const value = {
      map: new Map([["a.b", 1n]]),
      at: new Date(0),
      data: new Uint8Array([1, 2]),
      none: undefined,
      null: null,
    };
    assert.equal(toJson(value), '{"map":{"a.b":1},"at":"1970-01-01T00:00:00.000Z","data":"AQI=","null":null}');
  });

  it("writes integers that readers would round as text", () => {
    assert.equal(toJson([2n ** 53n - 1n, 2n ** 53n]), '[9007199254740991,"9007199254740992"]');
  });

  it("keeps a label that is named like a prototype", () => {
    assert.equal(toJson(new Map([["__proto__", "x"]])), '{"__proto__":"x"}');
  });
});

describe("table", () => {
  it("aligns columns, with no space at the ends of lines", () => {
    assert.equal(
      table(
        ["A", "LONG"],
        [
          ["wide", ""],
          ["x", "y"],
        ],
      ),
      "A     LONG\nwide\nx     y",
    );
  });

  it("prints headings alone for no rows", () => {
    assert.equal(table(["A", "B"], []), "A  B");
  });

  it("lets no cell move the cursor or forge a line", () => {
    assert.equal(table(["A"], [["x\x1b[2J\ny"]]), "A\nx�[2J�y");
  });
});

describe("tree", () => {
  it("draws children below their parents", () => {
    const items = [
      { id: "a", parent: null },
      { id: "b", parent: "a" },
      { id: "c", parent: "a" },
      { id: "d", parent: "b" },
      { id: "e", parent: "lost" },
    ];
    assert.deepEqual(
      tree(items).map(({ branch, item }) => `${branch}${item.id}`),
      ["a", "├─ b", "│  └─ d", "└─ c", "e"],
    );
  });

  it("draws chains of any length", () => {
    const items = Array.from({ length: 2000 }, (_, index) => ({
      id: `${index}`,
      parent: index === 0 ? null : `${index - 1}`,
    }));
    assert.equal(tree(items).length, 2000);
  });
});

describe("formatSize", () => {
  it("chooses the unit", () => {
    assert.deepEqual([0n, 1023n, 1536n, 1024n ** 2n * 200n, 2n ** 62n].map(formatSize), [
      "0 B",
      "1023 B",
      "1.5 KiB",
      "200 MiB",
      "4096 PiB",
    ]);
  });
});

describe("formatAge", () => {
  it("counts in the largest unit that fits", () => {
    const now = new Date("2026-01-10T00:00:00Z");
    const ages = [
      "2026-01-10T00:00:01Z",
      "2026-01-09T23:59:59Z",
      "2026-01-09T23:58:00Z",
      "2026-01-09T22:30:00Z",
      "2026-01-01T00:00:00Z",
    ];
    assert.deepEqual(
      ages.map((date) => formatAge(new Date(date), now)),
      ["0 seconds ago", "1 second ago", "2 minutes ago", "1 hour ago", "9 days ago"],
    );
  });
});
