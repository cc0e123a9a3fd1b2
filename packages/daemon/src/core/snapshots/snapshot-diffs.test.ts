import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import type { Snapshotter } from "@gantry/api";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { createMemoryDriver, createMemoryStore, createSnapshotter } from "@gantry/snapshotter";
import { TestDaemon } from "../../testing/test-daemon.ts";
import { ScopedSnapshotter } from "./scoped-snapshotter.ts";

/** A snapshotter whose Active snapshots are removed as soon as somebody has their mounts. */
class VanishingSnapshotter extends ScopedSnapshotter {
  override async mounts(key: string) {
    const mounts = await super.mounts(key);
    await super.remove(key);
    return mounts;
  }
}

/** How a daemon compares, as far as it needs neither root nor mounts. */
describe("SnapshotDiffs", () => {
  let test: TestDaemon | undefined;

  afterEach(async () => {
    await test?.[Symbol.asyncDispose]();
    test = undefined;
  });

  const memory = () => createSnapshotter(createMemoryDriver(), createMemoryStore());
  const start = async (snapshotter: Snapshotter) => {
    const registration = { id: "memory", open: async () => ({ ready: snapshotter }) };
    test = await TestDaemon.start({ registrations: { runtimes: [], snapshotters: [registration], contents: [] } });
    return createClient(SnapshotService, test.transport("grpc", { "gantry-namespace": "default" }));
  };
  const views = (snapshotter: Snapshotter) => Array.fromAsync(snapshotter.walk({ namePrefix: "." }));
  const failure = async (changes: AsyncIterable<unknown>): Promise<ConnectError> => {
    const error = await Array.fromAsync(changes).catch((reason: ConnectError) => reason);
    assert.ok(error instanceof Error, "expected an error");
    return error;
  };

  it("removes views that a crash has left, before it serves", async () => {
    const snapshotter = await memory();
    await snapshotter.prepare("default/k", null);
    await snapshotter.commit("default/base", "default/k");
    await snapshotter.view(".diff/left", "default/base");
    const client = await start(snapshotter);
    assert.deepEqual(await views(snapshotter), []);
    await client.removeSnapshot({ name: "base" });
  });

  it("leaves no view and no directory where the mounts cannot be performed", async () => {
    const snapshotter = await memory();
    const client = await start(snapshotter);
    await client.prepareSnapshot({ key: "k" });
    await client.commitSnapshot({ name: "base", key: "k" });
    const error = await failure(client.diffSnapshots({ name: "base" }));
    assert.match(error.rawMessage, /^snapshot "base": cannot be compared: /);
    assert.deepEqual(await views(snapshotter), []);
    const directory = join(test?.directory ?? "", "s/diffs");
    assert.deepEqual(existsSync(directory) ? readdirSync(directory) : [], []);
  });

  it("says so where an Active snapshot is removed meanwhile", async () => {
    const inner = await memory();
    const client = await start(new VanishingSnapshotter(inner, "all"));
    await client.prepareSnapshot({ key: "k" });
    const error = await failure(client.diffSnapshots({ name: "k" }));
    assert.deepEqual(
      [error.code, error.rawMessage.includes('snapshot "k": was committed or removed')],
      [Code.Aborted, true],
    );
    await inner.close();
  });

  it("names what is not there", async () => {
    const client = await start(await memory());
    await client.prepareSnapshot({ key: "k" });
    for (const [request, id] of [
      [{ name: "none" }, "none"],
      [{ name: "k", against: "other" }, "other"],
    ] as const) {
      const error = await failure(client.diffSnapshots(request));
      assert.deepEqual([error.code, error.rawMessage.startsWith(`snapshot "${id}": `)], [Code.NotFound, true]);
    }
    assert.equal((await failure(client.diffSnapshots({ name: "k", against: "" }))).code, Code.InvalidArgument);
  });
});
