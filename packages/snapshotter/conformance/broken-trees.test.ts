import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCase, snapshotterSuite } from "@gantry/api/testing";
import type { SnapshotDriver } from "../src/driver.ts";
import { openNativeDriver } from "../src/drivers/native/native.ts";
import { brokenDrivers } from "./broken-drivers.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

describe("the snapshotter suite notices a driver that", { skip: whyNoMounts() ?? false }, () => {
  for (const [mistake, { spoil, noticedBy }] of Object.entries(brokenDrivers)) {
    it(`${mistake}, by "${noticedBy}"`, async () => {
      const openBroken = async (root: string) => {
        const sound = await openNativeDriver(root);
        const methods: SnapshotDriver = {
          capabilities: sound.capabilities,
          make: (layer, call) => sound.make(layer, call),
          mounts: (layer) => sound.mounts(layer),
          seal: (layer, call) => sound.seal(layer, call),
          usage: (layer, call) => sound.usage(layer, call),
          remove: (id, call) => sound.remove(id, call),
          list: () => sound.list(),
          close: () => sound.close(),
        };
        return { ...methods, ...spoil(sound, root) };
      };
      const body = snapshotterSuite(() => openOnDisk(openBroken)).get(noticedBy) ?? assert.fail("no such case");
      const outcome = await runCase(body);
      assert.equal(outcome.status, "fail");
      // A mistake that breaks the harness would prove nothing.
      assert.ok(
        outcome.status === "fail" && outcome.error instanceof assert.AssertionError,
        String(outcome.status === "fail" && outcome.error),
      );
    });
  }
});
