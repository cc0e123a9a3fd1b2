import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { nativeSnapshotter } from "@gantry/snapshotter";
import { noPlugins, TestDaemon } from "./testing/test-daemon.ts";

describe("a daemon whose records cannot be synced any more", () => {
  it("refuses the change, and tells whoever runs it, so that it can be started anew", async () => {
    const failures: unknown[] = [];
    await using test = await TestDaemon.start({
      registrations: { ...noPlugins, snapshotters: [nativeSnapshotter] },
      onFailure: (reason) => failures.push(reason),
    });
    const snapshots = createClient(SnapshotService, test.transport());
    // In the place of a device that fails: the log is not where it is looked for.
    const log = join(test.directory, "r/snapshotters/native/metadata.db-wal");
    renameSync(log, `${log}-aside`);
    await assert.rejects(snapshots.prepareSnapshot({ key: "a" }), /cannot be synced/);
    assert.equal(failures.length, 1);
  });
});
