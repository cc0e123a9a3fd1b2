import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bindSuite, type CaseGroup, type Harness, runCase } from "./suite.ts";

interface Counting extends Harness {
  readonly number: number;
}

/** Hands out harnesses that tell whether they were closed. */
function harnesses() {
  let opened = 0;
  const closed: number[] = [];
  const open = async (): Promise<Counting> => {
    opened += 1;
    const number = opened;
    return { number, close: async () => void closed.push(number) };
  };
  return { open, closed };
}

async function outcomesOf(group: CaseGroup<Counting>, open = harnesses().open) {
  const suite = bindSuite(open, [group]);
  return Promise.all([...suite.values()].map(runCase));
}

describe("bindSuite", () => {
  it("keeps titles and their order, over all groups", () => {
    const group = { "b first": async () => {}, "a second": async () => {} };
    const suite = bindSuite(harnesses().open, [group, { third: async () => {} }]);
    assert.deepEqual([...suite.keys()], ["b first", "a second", "third"]);
  });

  it("throws a TypeError for a title that stands twice", () => {
    const group = { title: async () => {} };
    assert.throws(() => bindSuite(harnesses().open, [group, group]), TypeError);
  });

  it("gives each case a harness of its own and closes it, also after a failure", async () => {
    const { open, closed } = harnesses();
    const seen: number[] = [];
    const outcomes = await outcomesOf(
      {
        passes: async ({ number }) => void seen.push(number),
        fails: async ({ number }) => {
          seen.push(number);
          throw new TypeError("no");
        },
      },
      open,
    );
    assert.deepEqual(new Set(seen), new Set([1, 2]));
    assert.deepEqual(new Set(closed), new Set([1, 2]));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["pass", "fail"],
    );
  });

  it("fails a case whose harness cannot close, and shows the case's own failure first", async () => {
    const open = async () => ({ number: 1, close: () => Promise.reject(new TypeError("cannot close")) });
    const [closing, both] = await outcomesOf(
      { passes: async () => {}, fails: () => Promise.reject(new TypeError("own failure")) },
      open,
    );
    assert.ok(closing?.status === "fail" && String(closing.error).includes("cannot close"));
    assert.ok(both?.status === "fail" && String(both.error).includes("own failure"));
  });
});

describe("runCase", () => {
  it("tells what a case says of itself, unless it fails after that", async () => {
    const outcomes = await outcomesOf({
      "is not there": async (_, context) => context.unimplemented("no pause"),
      "cannot be shown": async (_, context) => context.skip("no mounts"),
      fails: async (_, context) => {
        context.skip("no mounts");
        throw new TypeError("no");
      },
    });
    assert.deepEqual(outcomes.slice(0, 2), [
      { status: "unimplemented", reason: "no pause" },
      { status: "skipped", reason: "no mounts" },
    ]);
    assert.equal(outcomes[2]?.status, "fail");
  });
});
