import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Http2Server } from "node:http2";
import { describe, it, type TestContext } from "node:test";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OperationError } from "../errors.ts";
import { SnapshotService } from "../gantry/snapshots/v1/index.ts";
import type { Snapshotter } from "../snapshotter.ts";
import { connectSnapshotter } from "./connect-snapshotter.ts";
import { aborted, untilCanceled } from "./testing/script.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";
import { socketAddress } from "./testing/socket-address.ts";

const changes: Readonly<Record<string, (remote: Snapshotter, signal: AbortSignal) => Promise<unknown>>> = {
  prepare: (remote, signal) => remote.prepare("key", null, { signal }),
  view: (remote, signal) => remote.view("key", null, { signal }),
  commit: (remote, signal) => remote.commit("name", "key", { signal }),
  remove: (remote, signal) => remote.remove("name", { signal }),
  update: (remote, signal) => remote.update("name", { labels: new Map() }, { signal }),
};

const questions: Readonly<Record<string, (remote: Snapshotter, signal: AbortSignal) => Promise<unknown>>> = {
  mounts: (remote, signal) => remote.mounts("key", { signal }),
  stat: (remote, signal) => remote.stat("name", { signal }),
  usage: (remote, signal) => remote.usage("name", { signal }),
  walk: (remote, signal) => remote.walk({ signal })[Symbol.asyncIterator]().next(),
};

describe("aborting a call over the wire", () => {
  for (const [method, call] of Object.entries(changes)) {
    it(`rejects ${method} with the signal's reason, and only when all is undone`, async (test) => {
      const { remote, script } = await snapshotterWire(test);
      const undo = Promise.withResolvers<void>();
      let undone = false;
      script.on(method, async ({ signal }) => {
        await aborted(signal);
        await undo.promise;
        undone = true;
        throw signal?.reason;
      });
      const abort = new AbortController();
      const result = call(remote, abort.signal).catch((reason: unknown) => ({ reason, undone }));
      const { signal } = await script.arrival(method);
      const reason = new Error("no longer wanted");
      abort.abort(reason);
      await aborted(signal);
      undo.resolve();
      assert.deepEqual(await result, { reason, undone: true });
    });
  }

  for (const [method, call] of Object.entries(questions)) {
    it(`rejects ${method} at once with the signal's reason, and ends it at the other side`, async (test) => {
      const { remote, script } = await snapshotterWire(test);
      script.on(method, ({ signal }) =>
        method === "walk" ? neverShows(signal) : aborted(signal).then(() => Promise.withResolvers().promise),
      );
      const abort = new AbortController();
      const result = call(remote, abort.signal).catch((reason: unknown) => ({ reason }));
      const { signal } = await script.arrival(method);
      const reason = new DOMException("too late", "TimeoutError");
      abort.abort(reason);
      assert.deepEqual(await result, { reason });
      await aborted(signal);
    });
  }

  for (const [method, call] of Object.entries({ ...changes, ...questions })) {
    it(`rejects ${method} with a signal that was aborted before, without calling`, async (test) => {
      const { remote, script } = await snapshotterWire(test);
      const reason = new Error("never wanted");
      await assert.rejects(call(remote, AbortSignal.abort(reason)), reason);
      assert.deepEqual(script.calls, []);
    });
  }

  it("resolves a call that was past its point of no return", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("commit", async ({ signal }) => {
      await aborted(signal);
    });
    const abort = new AbortController();
    const result = remote.commit("name", "key", { signal: abort.signal });
    await script.arrival("commit");
    abort.abort();
    assert.equal(await result, undefined);
  });

  it("tells of what failed while undoing instead of the abort", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("prepare", async ({ signal }) => {
      await aborted(signal);
      throw new OperationError("internal", { type: "snapshot", id: "key" }, "could not be undone");
    });
    const abort = new AbortController();
    const result = remote.prepare("key", null, { signal: abort.signal });
    await script.arrival("prepare");
    abort.abort();
    await assert.rejects(result, { kind: "internal", detail: "could not be undone" });
  });

  it("leaves other calls alone", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const gate = Promise.withResolvers<void>();
    script.on("remove", ({ signal, args: [name] }) => (name === "a" ? untilCanceled(signal) : gate.promise));
    const abort = new AbortController();
    const canceled = remote.remove("a", { signal: abort.signal });
    const other = remote.remove("b", { signal: new AbortController().signal });
    await script.arrival("remove");
    abort.abort();
    await assert.rejects(canceled, { name: "AbortError" });
    gate.resolve();
    await other;
  });

  it("leaves at once where the other side does not know CallService", async (test) => {
    const { address, arrived, signal } = await serveWithoutCallService(test);
    const remote = await connectSnapshotter(address);
    test.after(() => remote.close());
    const abort = new AbortController();
    const result = remote.remove("name", { signal: abort.signal });
    await arrived;
    const reason = new Error("no longer wanted");
    abort.abort(reason);
    await assert.rejects(result, reason);
    await aborted(await signal);
  });
});

async function* neverShows(signal: AbortSignal | undefined): AsyncGenerator<never> {
  yield await untilCanceled(signal);
}

/** Serves a snapshotter as a plain gRPC server does. */
async function serveWithoutCallService(test: TestContext) {
  const arrival = Promise.withResolvers<AbortSignal>();
  const server: Http2Server = createServer(
    connectNodeAdapter({
      routes: (router) =>
        router.service(SnapshotService, {
          getCapabilities: () => ({}),
          removeSnapshot: (_request, { signal }) => {
            arrival.resolve(signal);
            return untilCanceled(signal);
          },
        }),
    }),
  );
  const address = socketAddress(test);
  server.listen(address.slice("unix://".length));
  await once(server, "listening");
  test.after(() => server.close());
  return { address, arrived: arrival.promise, signal: arrival.promise };
}
