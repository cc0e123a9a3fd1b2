import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../../../conformance/scratch-directory.ts";
import { layer, makeTwo, openIn } from "./furnish.ts";
import { SimulatedLayerHost } from "./simulated-layer-host.ts";

const invalidState = { code: 0xc0370105 };
const sharingViolation = { code: 0x20 };

describe("SimulatedLayerHost", () => {
  it("rejects calls out of order with the state's code", async (test) => {
    const { root, host, driver } = await openIn(test);
    await driver.make(layer(1), { fault: () => {} });
    const path = join(root, "snapshots/1");
    await assert.rejects(host.prepareLayer(path, []), invalidState);
    await assert.rejects(host.deactivateLayer(path), invalidState);
    await host.activateLayer(path);
    await assert.rejects(host.activateLayer(path), invalidState);
    await assert.rejects(host.getLayerMountPath(path), invalidState);
    await assert.rejects(host.unprepareLayer(path), invalidState);
    await assert.rejects(host.destroyLayer(path), sharingViolation);
    await assert.rejects(host.convertToBaseLayer(path), sharingViolation);
    await host.prepareLayer(path, []);
    await assert.rejects(host.prepareLayer(path, []), invalidState);
    await assert.rejects(host.deactivateLayer(path), invalidState);
    const first = await host.getLayerMountPath(path);
    await host.unprepareLayer(path);
    await host.prepareLayer(path, []);
    assert.notEqual(await host.getLayerMountPath(path), first);
    await host.unprepareLayer(path);
    await host.deactivateLayer(path);
  });

  it("rejects parents and layers that are missing", async (test) => {
    const { root, host, driver } = await openIn(test);
    await makeTwo(driver);
    const path = join(root, "snapshots/2");
    await assert.rejects(host.activateLayer(join(root, "nothing")), { code: 0x3 });
    await host.activateLayer(path);
    await assert.rejects(host.prepareLayer(path, [join(root, "nothing")]), { code: 0x3 });
    await host.deactivateLayer(path);
  });

  it("rejects work on whole layers while privileges are off", async (test) => {
    const directory = await scratchDirectory(test);
    await mkdir(join(directory, "layer/Files"), { recursive: true });
    const host = new SimulatedLayerHost(join(directory, "volumes"));
    test.after(() => host.close());
    await assert.rejects(host.convertToBaseLayer(join(directory, "layer")), { code: 0x522 });
  });
});
