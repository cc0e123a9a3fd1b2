import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorKinds, OperationError } from "../errors.ts";
import type { SnapshotInfo } from "../snapshotter.ts";
import { statusCodeOf } from "../wire/index.ts";
import { fromConnectError, toConnectError } from "./connect-error.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";

const peer = { type: "snapshotter", id: "unix:///run/s" } as const;

function errorOf(kind: (typeof errorKinds)[number]): OperationError {
  const cleanup = [new Error("the mount is busy"), "a string"];
  return new OperationError(kind, { type: "snapshot", id: "a\nkey" }, `fails by ${kind}, größer`, { cleanup });
}

function assertSame(rebuilt: unknown, thrown: OperationError): void {
  assert.ok(rebuilt instanceof OperationError);
  assert.deepEqual(
    { ...rebuilt, message: rebuilt.message, detail: rebuilt.detail, cleanup: rebuilt.cleanup },
    { ...thrown, message: thrown.message, detail: thrown.detail, cleanup: ["the mount is busy", "a string"] },
  );
}

const info: SnapshotInfo = {
  name: "n",
  kind: "active",
  parent: null,
  readonly: false,
  labels: new Map(),
  createdAt: new Date(1),
  updatedAt: new Date(2),
};

/** Shows more than fits into one answer, then fails. */
async function* failingWalk(error: unknown) {
  for (let count = 0; count < 100; count += 1) {
    yield info;
  }
  throw error;
}

/** Reads `walk` to its end; returns how much it showed and what it threw. */
async function readAll(walk: AsyncIterable<SnapshotInfo>): Promise<{ shown: number; error: unknown }> {
  let shown = 0;
  try {
    for await (const _ of walk) {
      shown += 1;
    }
    return { shown, error: undefined };
  } catch (error) {
    return { shown, error };
  }
}

describe("errors over the wire", () => {
  for (const kind of errorKinds) {
    it(`rebuilds ${kind} of a call and of a stream`, async (test) => {
      const { remote, script } = await snapshotterWire(test);
      const thrown = errorOf(kind);
      script.on("remove", () => Promise.reject(thrown));
      script.on("walk", () => failingWalk(thrown));
      assertSame(await remote.remove("name").catch((error: unknown) => error), thrown);
      const { shown, error } = await readAll(remote.walk());
      assertSame(error, thrown);
      // The last 36 were on their way into an answer of 64.
      assert.equal(shown, 64);
    });
  }

  it("rebuilds an error of a stream that shows nothing before it", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const thrown = errorOf("aborted");
    script.on("walk", () => {
      throw thrown;
    });
    assertSame((await readAll(remote.walk())).error, thrown);
  });

  it("withholds the text of any other error, and tells the server's owner", async (test) => {
    const heard: [unknown, string][] = [];
    const onUnforeseen = (error: unknown, procedure: string) => heard.push([error, procedure]);
    const { remote, script } = await snapshotterWire(test, { onUnforeseen });
    const secret = new RangeError("the password is 1234");
    script.on("stat", () => Promise.reject(secret));
    script.on("walk", () => failingWalk(secret));
    for (const error of [await remote.stat("n").catch((e: unknown) => e), (await readAll(remote.walk())).error]) {
      assert.ok(error instanceof OperationError);
      assert.equal(error.kind, "internal");
      assert.equal(error.message.includes("1234"), false);
    }
    assert.deepEqual(heard, [
      [secret, "gantry.snapshots.v1.SnapshotService/StatSnapshot"],
      [secret, "gantry.snapshots.v1.SnapshotService/ListSnapshots"],
    ]);
  });

  it("carries texts that are longer than a header may be, and no text at all", async (test) => {
    await assertArrives(test, "x".repeat(1_000_000), new Array(1_000).fill("ü".repeat(1_000)));
    await assertArrives(test, "half a pair: \ud800", ["\udc00"]);
    await assertArrives(test, "", []);
  });
});

async function assertArrives(test: TestContext, text: string, cleanup: readonly string[]): Promise<void> {
  const { remote, script } = await snapshotterWire(test);
  const thrown = new OperationError("data-loss", { type: "snapshot", id: text }, text, { cleanup });
  script.on("stat", () => Promise.reject(thrown));
  await assert.rejects(remote.stat("n"), (error) => {
    assert.ok(error instanceof OperationError);
    assert.equal(error.kind, "data-loss");
    assert.equal(error.detail.slice(0, 13), text.slice(0, 13).toWellFormed());
    assert.equal(error.cleanup.length > 0, cleanup.length > 0);
    return true;
  });
}

describe("toConnectError", () => {
  it("has the code of each kind", () => {
    for (const kind of errorKinds) {
      assert.equal(toConnectError(errorOf(kind)).code, statusCodeOf[kind]);
      assert.ok(Code[statusCodeOf[kind]]);
    }
  });

  it("makes aborts canceled and timeouts deadline-exceeded", () => {
    assert.equal(toConnectError(new DOMException("stop", "AbortError")).code, Code.Canceled);
    assert.equal(toConnectError(new DOMException("late", "TimeoutError")).code, Code.DeadlineExceeded);
  });

  it("leaves an error of Connect as it is", () => {
    const error = new ConnectError("no such method", Code.Unimplemented);
    assert.equal(toConnectError(error), error);
  });

  it("makes internal of what is no error at all", () => {
    assert.equal(toConnectError("thrown text").rawMessage, "internal error");
    assert.equal(toConnectError(undefined).code, Code.Internal);
  });
});

describe("fromConnectError", () => {
  it("keeps an OperationError", () => {
    const error = errorOf("aborted");
    assert.equal(fromConnectError(error, peer), error);
  });

  it("takes the kind of a status without a detail, as other implementations send it", () => {
    for (const kind of errorKinds) {
      const status = new ConnectError("says so", statusCodeOf[kind], { "grpc-status": String(statusCodeOf[kind]) });
      const error = fromConnectError(status, peer);
      assert.deepEqual([error.kind, error.subject, error.detail], [kind, peer, "says so"]);
    }
  });

  it("makes unavailable of a connection that is gone", () => {
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    for (const failure of [
      new ConnectError("http/2 stream closed with error code CANCEL (0x8)", Code.Canceled),
      new ConnectError("protocol error: missing status", Code.Internal),
      new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument),
      new ConnectError(reset.message, Code.Aborted, undefined, undefined, reset),
    ]) {
      const error = fromConnectError(failure, peer);
      assert.deepEqual([error.kind, error.subject, error.cause], ["unavailable", peer, failure]);
    }
  });

  it("keeps internal for a mistake on this side, and its cause", () => {
    const mistake = new TypeError("cannot encode field");
    const error = fromConnectError(mistake, peer);
    assert.equal(error.kind, "internal");
    assert.ok(error.cause instanceof ConnectError);
    assert.equal(error.cause.cause, mistake);
  });

  it("takes the code of an answer by something else than gRPC", () => {
    assert.equal(fromConnectError(new ConnectError("HTTP 404", Code.Unimplemented), peer).kind, "unimplemented");
  });
});
