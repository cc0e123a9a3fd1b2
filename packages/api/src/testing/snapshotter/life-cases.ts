import assert from "node:assert/strict";
import type { CallOptions } from "../../call-options.ts";
import type { Snapshotter } from "../../snapshotter.ts";
import { collect, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

/** Every method, called so that it succeeds on what `furnish` makes. */
const calls: Readonly<Record<string, (snapshotter: Snapshotter, options: CallOptions) => Promise<unknown>>> = {
  prepare: (snapshotter, options) => snapshotter.prepare("new", "base", options),
  view: (snapshotter, options) => snapshotter.view("new", "base", options),
  mounts: (snapshotter, options) => snapshotter.mounts("active", options),
  commit: (snapshotter, options) => snapshotter.commit("new", "active", options),
  remove: (snapshotter, options) => snapshotter.remove("active", options),
  stat: (snapshotter, options) => snapshotter.stat("active", options),
  update: (snapshotter, options) => snapshotter.update("active", { labels: new Map([["a", "1"]]) }, options),
  usage: (snapshotter, options) => snapshotter.usage("active", options),
  walk: (snapshotter, options) => collect(snapshotter.walk(options)),
};

async function furnish(snapshotter: Snapshotter): Promise<void> {
  await commitEmpty(snapshotter, "base");
  await snapshotter.prepare("active", "base", { labels: new Map([["__proto__", "x"]]) });
}

const afterClose = Object.entries(calls).map(
  ([method, call]) =>
    [
      `${method} rejects after close with failed-precondition`,
      async ({ snapshotter }: SnapshotterHarness) => {
        await furnish(snapshotter);
        await snapshotter.close();
        await rejectsWith("failed-precondition", call(snapshotter, {}));
      },
    ] as const,
);

const afterAbort = Object.entries(calls).map(
  ([method, call]) =>
    [
      `${method} rejects with the reason of a signal that has aborted, and changes nothing`,
      async ({ snapshotter }: SnapshotterHarness) => {
        await furnish(snapshotter);
        const before = await collect(snapshotter.walk());
        const reason = new DOMException("stopped by the test", "AbortError");
        const failure = await call(snapshotter, { signal: AbortSignal.abort(reason) }).then(
          () => assert.fail("resolved"),
          (error: unknown) => error,
        );
        assert.ok(failure === reason || (failure instanceof Error && failure.name === "AbortError"), `${failure}`);
        assert.deepEqual(await collect(snapshotter.walk()), before);
        await call(snapshotter, {});
      },
    ] as const,
);

export const lifeCases: CaseGroup<SnapshotterHarness> = {
  ...Object.fromEntries(afterClose),
  ...Object.fromEntries(afterAbort),

  "prepare that is aborted under way leaves the whole snapshot or nothing": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const abort = new AbortController();
    const call = snapshotter.prepare("key", "base", { signal: abort.signal });
    abort.abort();
    const resolved = await call.then(
      () => true,
      () => false,
    );
    if (resolved) {
      assert.equal((await snapshotter.stat("key")).kind, "active");
      await snapshotter.remove("key");
    }
    await rejectsWith("not-found", snapshotter.stat("key"));
    await snapshotter.prepare("key", "base");
    await snapshotter.remove("key");
    await snapshotter.remove("base");
  },

  "prepare that waits for another one of its key can be aborted": async ({ snapshotter }) => {
    const abort = new AbortController();
    const first = snapshotter.prepare("key", null);
    const second = assert.rejects(snapshotter.prepare("key", null, { signal: abort.signal }));
    abort.abort();
    await first;
    await second;
    assert.equal((await snapshotter.stat("key")).kind, "active");
  },

  "prepare that is refused or aborted leaves nothing of its work": async (harness, context) => {
    const { snapshotter, places } = harness;
    if (places === undefined) {
      context.skip("the harness cannot list what the snapshotter keeps");
      return;
    }
    await furnish(snapshotter);
    const before = await places();
    await rejectsWith("already-exists", snapshotter.prepare("active", "base"));
    await rejectsWith("not-found", snapshotter.prepare("new", "nothing"));
    await rejectsWith("failed-precondition", snapshotter.view("new", "active"));
    let made = 0;
    for (let turns = 0; turns < 12; turns += 1) {
      const abort = new AbortController();
      const call = snapshotter.prepare(`new ${turns}`, "base", { signal: abort.signal }).then(
        () => 1,
        () => 0,
      );
      for (let turn = 0; turn < turns; turn += 1) {
        await new Promise(setImmediate);
      }
      abort.abort();
      made += await call;
    }
    const after = await places();
    assert.equal(after.length, before.length + made, `${after} after ${before} and ${made} new ones`);
  },

  "close may be called twice, and at once": async ({ snapshotter }) => {
    await furnish(snapshotter);
    await Promise.all([snapshotter.close(), snapshotter.close()]);
    await snapshotter.close();
  },

  "close while a prepare is under way ends both": async ({ snapshotter }) => {
    const call = snapshotter.prepare("key", null);
    const [, closed] = await Promise.allSettled([call, snapshotter.close()]);
    assert.equal(closed.status, "fulfilled");
  },

  "snapshots, labels and times survive a restart": async ({ snapshotter, reopen }, context) => {
    if (reopen === undefined) {
      context.skip("the harness cannot reopen");
      return;
    }
    await furnish(snapshotter);
    await snapshotter.view("view", "base");
    await snapshotter.prepare("removed", null);
    await snapshotter.remove("removed");
    await snapshotter.update("base", { labels: new Map([["a", "1"]]) });
    const before = await collect(snapshotter.walk());
    const mounts = await snapshotter.mounts("active");
    const usage = await snapshotter.usage("base");
    const again = await reopen();
    assert.deepEqual(await collect(again.walk()), before);
    assert.deepEqual(await again.mounts("active"), mounts);
    assert.deepEqual(await again.usage("base"), usage);
    await rejectsWith("failed-precondition", again.remove("base"));
    const fresh = await again.prepare("new", "base");
    assert.notDeepEqual(fresh, mounts);
    await again.commit("name", "active");
  },
};
