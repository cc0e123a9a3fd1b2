import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Mount } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { isRoot } from "../../../conformance/scratch-directory.ts";
import { mountWindowsLayer, unmountWindowsLayer } from "./mount.ts";
import { type Furnished, layer, makeTwo, openIn } from "./testing/furnish.ts";

interface Prepared extends Furnished {
  readonly base: Mount;
  readonly child: Mount;
  /** Waits that were asked for, in milliseconds. */
  readonly waits: readonly number[];
  readonly clock: { wait(ms: number): Promise<void> };
  /** Names of the calls since the layers were made. */
  calls(): readonly string[];
}

async function prepareIn(test: TestContext): Promise<Prepared> {
  const furnished = await openIn(test);
  const { driver, host } = furnished;
  await makeTwo(driver);
  const [base] = await driver.mounts(layer(1));
  const [child] = await driver.mounts(layer(2, [1]));
  assert.ok(base !== undefined && child !== undefined);
  const waits: number[] = [];
  const made = host.plan.log.length;
  return {
    ...furnished,
    base,
    child,
    waits,
    clock: { wait: async (ms) => void waits.push(ms) },
    calls: () => host.plan.log.slice(made).map((line) => /^(?:(?:write|read) stream|[^ ]+)/.exec(line)?.[0] ?? ""),
  };
}

const up = ["ActivateLayer", "PrepareLayer", "GetLayerMountPath"];
const down = ["UnprepareLayer", "DeactivateLayer"];

describe("mountWindowsLayer", { skip: !isRoot && "mounting needs root" }, () => {
  it("calls in the order of Windows, and unmounting in reverse", async (test) => {
    const { host, child, target, calls } = await prepareIn(test);
    await mountWindowsLayer(host, { mount: child, target });
    assert.deepEqual(calls(), [...up, "BfSetupFilter", "write stream"]);
    await unmountWindowsLayer(host, target);
    assert.deepEqual(calls().slice(5), ["read stream", "BfRemoveMapping", ...down]);
    assert.equal(host.activeCount, 0);
  });

  it("shows of a base layer its files alone", async (test) => {
    const { root, host, base, target } = await prepareIn(test);
    await mountWindowsLayer(host, { mount: base, target });
    await writeFile(join(target, "file"), "x");
    assert.equal(await readFile(join(root, "snapshots/1/Files/file"), "utf8"), "x");
    await unmountWindowsLayer(host, target);
  });

  it("undoes in reverse what was done when the last step fails", async (test) => {
    const { host, child, target, calls } = await prepareIn(test);
    host.plan.fail("write stream", 1, 0x70);
    await rejectsWith("resource-exhausted", mountWindowsLayer(host, { mount: child, target }));
    assert.deepEqual(calls(), [...up, "BfSetupFilter", "write stream", "BfRemoveMapping", ...down]);
    assert.equal(host.activeCount, 0);
  });

  it("keeps what fails while undoing beside the error", async (test) => {
    const { host, child, target } = await prepareIn(test);
    host.plan.fail("BfSetupFilter", 1, 0x5);
    host.plan.fail("UnprepareLayer", 1, 0x20);
    const error = await rejectsWith("permission-denied", mountWindowsLayer(host, { mount: child, target }));
    assert.equal(error.cleanup.length, 2, "a layer that is still prepared cannot be deactivated");
  });

  it("rejects a base layer without files with data-loss and leaves nothing active", async (test) => {
    const { root, host, base, target } = await prepareIn(test);
    await rm(join(root, "snapshots/1/Files"), { recursive: true });
    await rejectsWith("data-loss", mountWindowsLayer(host, { mount: base, target }));
    assert.equal(host.activeCount, 0);
  });

  it("tries a layer that is not ready five times again, 100 ms apart", async (test) => {
    const { host, child, target, clock, waits } = await prepareIn(test);
    host.plan.failNext("ActivateLayer", 4, 0x80070015);
    host.plan.fail("PrepareLayer", 1, 0x8007048f);
    await mountWindowsLayer(host, { mount: child, target, clock });
    assert.deepEqual(waits, [100, 100, 100, 100, 100]);
    await unmountWindowsLayer(host, target);
  });

  it("rejects with unavailable a layer that is not ready then, and other failures at once", async (test) => {
    const { host, child, target, clock, waits } = await prepareIn(test);
    host.plan.fail("ActivateLayer", 1, 0x5);
    await rejectsWith("permission-denied", mountWindowsLayer(host, { mount: child, target, clock }));
    assert.equal(waits.length, 0);
    host.plan.failNext("ActivateLayer", 6, 0x80070015);
    await rejectsWith("unavailable", mountWindowsLayer(host, { mount: child, target, clock }));
    assert.equal(waits.length, 5);
    assert.equal(host.activeCount, 0);
  });
});

describe("unmountWindowsLayer", () => {
  it("takes what is no mount, a path that is missing, and none at all for success", async (test) => {
    const { host, target, calls } = await prepareIn(test);
    await unmountWindowsLayer(host, "");
    await unmountWindowsLayer(host, join(target, "missing"));
    assert.deepEqual(calls(), []);
    await unmountWindowsLayer(host, target);
    host.plan.fail("BfRemoveMapping", 1, 0x80070490);
    await unmountWindowsLayer(host, target);
    await mkdir(join(target, "empty"));
    await unmountWindowsLayer(host, join(target, "empty"));
  });
});
