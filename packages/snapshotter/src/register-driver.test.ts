import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { PluginContext } from "@gantry/api/plugin";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll } from "@gantry/sys";
import { isRoot, scratchDirectory } from "../conformance/scratch-directory.ts";
import { nativeSnapshotter } from "./drivers/native/registration.ts";
import { overlaySnapshotter } from "./drivers/overlay/registration.ts";
import { openSnapshotStore } from "./records/sqlite-store.ts";

async function contextOf(test: TestContext, options: Readonly<Record<string, unknown>> = {}): Promise<PluginContext> {
  const directory = await scratchDirectory(test);
  const context = { root: join(directory, "root"), state: join(directory, "state"), options, log: () => {} };
  await mkdir(context.root);
  await mkdir(context.state);
  return context;
}

for (const registration of [overlaySnapshotter, nativeSnapshotter]) {
  const skip = registration.id === "overlay" && !isRoot && "mounting needs root";

  describe(`registration of ${registration.id}`, { skip }, () => {
    it("opens a snapshotter in the root it is given", async (test) => {
      const opened = await registration.open(await contextOf(test, { unsynced: true }));
      assert.ok("ready" in opened);
      await opened.ready.prepare("key", null);
      await opened.ready.close();
    });

    it("rejects unknown and malformed options with invalid-argument that names them", async (test) => {
      const unknown = await rejectsWith("invalid-argument", registration.open(await contextOf(test, { sink: 1 })));
      assert.match(unknown.message, /sink/);
      const malformed = await contextOf(test, { unsynced: "yes" });
      assert.match((await rejectsWith("invalid-argument", registration.open(malformed))).message, /unsynced/);
    });

    it("rejects a root that is open already with failed-precondition", async (test) => {
      const context = await contextOf(test);
      const store = await openSnapshotStore(context.root);
      test.after(() => store.close());
      await rejectsWith("failed-precondition", registration.open(context));
    });
  });
}

describe("registration of overlay", { skip: !isRoot && "mounting needs root" }, () => {
  it("is skipped with the reason on a root that cannot have it, and gives the root back", async (test) => {
    const context = await contextOf(test);
    const tree = join(context.state, "tree");
    const [lower, upper, work] = ["lower", "upper", "work"].map((name) => join(context.state, name));
    await Promise.all([tree, lower, upper, work].map((path) => mkdir(path ?? "")));
    const options = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    await mountAll([{ type: "overlay", source: "overlay", target: "", options }], tree);
    const opened = await overlaySnapshotter.open({ ...context, root: tree });
    assert.ok("skipped" in opened);
    assert.match(opened.skipped, /overlay does not work here/);
    await (await openSnapshotStore(tree)).close();
  });
});
