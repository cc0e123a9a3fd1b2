import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { SnapshotService } from "../gantry/snapshots/v1/index.ts";
import { CallService } from "../gantry/system/v1/index.ts";
import { CancelableCalls, callIdHeader } from "./cancelable-calls.ts";
import { untilCanceled } from "./testing/script.ts";

/** A server whose `remove` waits until it is canceled, and whose `stat` tells whether it was. */
function serverOf(calls: CancelableCalls) {
  const transport = createRouterTransport(
    (router) => {
      router.service(CallService, calls.service());
      router.service(SnapshotService, {
        removeSnapshot: (_request, { signal }) => untilCanceled(signal),
        statSnapshot: (_request, { signal }) => ({ snapshot: { readonly: signal.aborted } }),
      });
    },
    { router: { interceptors: [calls.interceptor()] } },
  );
  const snapshots = createClient(SnapshotService, transport);
  const wasCanceled = async (callId: string) => {
    const { snapshot } = await snapshots.statSnapshot({}, { headers: { [callIdHeader]: callId } });
    return snapshot?.readonly;
  };
  return { snapshots, wasCanceled, calls: createClient(CallService, transport) };
}

describe("CancelableCalls", () => {
  it("aborts the call that is named, and no other", async () => {
    const { snapshots, calls } = serverOf(new CancelableCalls());
    const ended: string[] = [];
    const remove = (callId: string) =>
      snapshots.removeSnapshot({}, { headers: { [callIdHeader]: callId } }).catch(() => ended.push(callId));
    const [one, two] = [remove("one"), remove("two")];
    await calls.cancelCall({ callId: "one" });
    await one;
    assert.deepEqual(ended, ["one"]);
    await calls.cancelCall({ callId: "two" });
    await two;
  });

  it("aborts a call that comes after its cancellation, once", async () => {
    const { wasCanceled, calls } = serverOf(new CancelableCalls());
    await calls.cancelCall({ callId: "early" });
    assert.deepEqual([await wasCanceled("early"), await wasCanceled("early")], [true, false]);
  });

  it("leaves a call alone that has ended", async () => {
    const { wasCanceled, calls } = serverOf(new CancelableCalls());
    assert.equal(await wasCanceled("ended"), false);
    await calls.cancelCall({ callId: "ended" });
  });

  it("remembers a bounded number of calls that never come, the latest ones", async () => {
    const cancelable = new CancelableCalls();
    const { wasCanceled } = serverOf(cancelable);
    for (let number = 0; number < 1_000; number += 1) {
      cancelable.cancel(String(number));
    }
    assert.deepEqual([await wasCanceled("0"), await wasCanceled("999")], [false, true]);
  });
});
