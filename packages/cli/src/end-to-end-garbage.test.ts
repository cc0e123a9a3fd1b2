import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient } from "@gantry/client";
import { cannotRun, DaemonProcess } from "./testing/daemon-process.ts";
import { gantry } from "./testing/gantry.ts";

/** The commands on leases and garbage, and the daemon. */
describe("gantry gc and gantry lease with a daemon", { skip: cannotRun, timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  const run = (...args: string[]) => gantry(args, daemon.env);
  const lines = async (...args: string[]) => {
    const { code, stderr, stdout } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").slice(0, -1);
  };
  const json = async (...args: string[]) => JSON.parse((await lines(...args, "--json")).join("\n"));

  before(async () => {
    daemon = await DaemonProcess.start();
  });
  after(() => daemon[Symbol.asyncDispose]());

  it("keeps what is made under a lease until that is removed, over a crash of the daemon too", async () => {
    await lines("lease", "create", "l", "--label", "for=test");
    await lines("--lease", "l", "snapshot", "prepare", "k");
    await lines("--lease", "l", "snapshot", "commit", "base", "k");
    const [object] = await json("lease", "ls", "l");
    assert.match(object.type, /^snapshot\//);
    assert.equal(object.id, "base");
    await daemon.crash();
    await daemon.boot();
    assert.deepEqual(await lines("gc"), ["0 removed, 2 kept"]);
    const explained = await json("gc", "--explain", "snapshot:base");
    assert.deepEqual(
      explained.map(({ reason }: { reason: string }) => reason),
      ["a lease", "in the lease"],
    );
    await lines("lease", "rm", "l", "--sync");
    assert.deepEqual(await lines("snapshot", "tree"), []);
  });

  it("lists leases with their ends, and refuses what is none", async () => {
    await lines("lease", "create", "day", "--for", "1d");
    const [lease] = await json("lease", "ls");
    assert.deepEqual([lease.id, typeof lease.expiresAt], ["day", "string"]);
    assert.match((await lines("lease", "ls")).join("\n"), /^LEASE +CREATED +ENDS +LABELS\nday +.*ago +\d{4}-/);
    assert.equal((await run("lease", "create", "x", "--for", "soon")).code, 2);
    assert.match((await run("lease", "create", "day")).stderr, /lease "day": .*has a lease of this id/);
    assert.match((await run("lease", "rm", "none")).stderr, /lease "none"/);
    assert.match((await run("--lease", "none", "snapshot", "prepare", "k")).stderr, /no such lease/);
    await lines("lease", "rm", "day");
  });

  it("adds objects that are there and takes them out, and says which are not", async () => {
    await lines("lease", "create", "l");
    await lines("snapshot", "prepare", "mine");
    assert.deepEqual(await lines("lease", "add", "l", "snapshot:mine"), ["snapshot:mine"]);
    assert.equal((await run("lease", "add", "l", "snapshot:none")).code, 1);
    await lines("lease", "add", "l", "snapshot:mine", "--remove");
    assert.deepEqual(await lines("lease", "ls", "l"), []);
    await lines("lease", "rm", "l", "--sync");
    assert.match((await lines("gc", "--dry-run")).join("\n"), /^0 would be removed, 1 kept$/);
    assert.match((await run("gc", "--explain", "snapshot:none")).stderr, /snapshot "none"/);
    await lines("snapshot", "rm", "mine");
  });

  it("takes what a client left that was killed between the snapshot and the container", async () => {
    await using client = createClient({ address: daemon.address });
    await client.leases.create("run-killed", { lifetimeSeconds: 1 });
    await client.withLease("run-killed").snapshots.prepare("orphan", null);
    const removed = Promise.withResolvers<void>();
    const watching = (async () => {
      for await (const event of client.events.subscribe({ after: 0n, follow: true })) {
        if (event.topic === "snapshot.removed" && event.subject === "orphan") return removed.resolve();
      }
    })();
    // Nobody calls for it: the daemon knows when the lease ends.
    await removed.promise;
    await watching;
    assert.deepEqual(await client.leases.list(), []);
  });
});
