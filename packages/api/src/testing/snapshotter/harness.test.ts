import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScriptedSnapshotter } from "../../remote/testing/scripted-snapshotter.ts";
import type { CaseContext } from "../suite.ts";
import { commitTree, onTrees, onXattrs, type SnapshotterHarness, viewTree, type XattrAccess } from "./harness.ts";

const withTree: SnapshotterHarness["withTree"] = (mounts, look) => look(mounts.map(({ source }) => source).join());
const xattrs: XattrAccess = { set: async () => true, get: async () => null };

function scripted() {
  const snapshotter = new ScriptedSnapshotter();
  const answer = () => [{ type: "bind", source: "/shown", target: "", options: [] }];
  snapshotter.script.on("prepare", answer);
  snapshotter.script.on("view", answer);
  snapshotter.script.on("commit", () => undefined);
  snapshotter.script.on("remove", () => undefined);
  const calls = () => snapshotter.script.calls.map(({ method, args }) => [method, ...args]);
  return { harness: { snapshotter, close: async () => {} }, calls };
}

/** What a case says of itself, given what the harness has. */
async function saysOf(
  body: (harness: SnapshotterHarness, context: CaseContext) => Promise<void>,
  has: Partial<SnapshotterHarness>,
): Promise<readonly string[]> {
  const said: string[] = [];
  const context = { skip: (reason: string) => said.push(reason), unimplemented: () => assert.fail("unimplemented") };
  await body({ ...scripted().harness, ...has }, context);
  return said;
}

describe("onTrees and onXattrs", () => {
  it("run a case where the harness has what it needs", async () => {
    let runs = 0;
    const body = async () => {
      runs += 1;
    };
    assert.deepEqual(await saysOf(onTrees(body), { withTree }), []);
    assert.deepEqual(await saysOf(onXattrs(body), { withTree, xattrs }), []);
    assert.equal(runs, 2);
  });

  it("skip it with the reason where the harness has not", async () => {
    const never = async () => assert.fail("was run");
    assert.deepEqual(await saysOf(onTrees(never), { xattrs }), ["the harness performs no mounts"]);
    assert.deepEqual(await saysOf(onXattrs(never), { withTree }), ["the harness cannot reach extended attributes"]);
    assert.deepEqual(await saysOf(onXattrs(never), { xattrs }), ["the harness performs no mounts"]);
  });
});

describe("commitTree", () => {
  it("prepares, changes what is shown, and commits under the name", async () => {
    const { harness, calls } = scripted();
    const changed: string[] = [];
    await commitTree({ ...harness, withTree }, "top", "base", async (path) => void changed.push(path));
    assert.deepEqual(changed, ["/shown"]);
    assert.deepEqual(calls(), [
      ["prepare", "making top", "base"],
      ["commit", "top", "making top"],
    ]);
  });
});

describe("viewTree", () => {
  it("gives what was seen, and removes the view also after a failure", async () => {
    const { harness, calls } = scripted();
    assert.equal(await viewTree({ ...harness, withTree }, "base", async (path) => path), "/shown");
    await assert.rejects(
      viewTree({ ...harness, withTree }, "base", () => Promise.reject(new TypeError("not there"))),
      /not there/,
    );
    const once = [
      ["view", "looking at base", "base"],
      ["remove", "looking at base"],
    ];
    assert.deepEqual(calls(), [...once, ...once]);
  });
});
