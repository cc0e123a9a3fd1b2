import assert from "node:assert/strict";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { openSnapshotStore } from "../../records/sqlite-store.ts";
import { createSnapshotter } from "../../snapshotter.ts";
import { call, layer, makeTwo, openIn } from "./testing/furnish.ts";
import { openWindowsDriver } from "./windows.ts";

const sizeLabel = "containerd.io/snapshot/windows/rootfs.sizebytes";
const oldSizeLabel = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";

describe("openWindowsDriver", () => {
  it("rejects a root that is not on NTFS with unimplemented", async (test) => {
    await rejectsWith("unimplemented", openIn(test, { fileSystem: "ReFS" }));
  });

  it("rejects a process without the rights with permission-denied", async (test) => {
    await rejectsWith("permission-denied", openIn(test, { withheld: ["SeRestorePrivilege"] }));
  });
});

describe("windows driver", () => {
  it("makes a base of files alone, and a child of a copy of the base's disk", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    assert.deepEqual(await readdir(join(root, "snapshots/1")), ["Files"]);
    await driver.seal(layer(1), call);
    await driver.make(layer(2, [1]), call);
    assert.deepEqual(await readdir(join(root, "snapshots/2")), ["sandbox.vhdx"]);
  });

  it("shows a layer by one mount with its parents nearest first", async (test) => {
    const { root, driver } = await openIn(test);
    await makeTwo(driver);
    await driver.seal(layer(2, [1]), call);
    await driver.make(layer(3, [2, 1], { readonly: true }), call);
    const paths = [join(root, "snapshots/2"), join(root, "snapshots/1")];
    assert.deepEqual(await driver.mounts(layer(3, [2, 1], { readonly: true })), [
      {
        type: "windows-layer",
        source: join(root, "snapshots/3"),
        target: "",
        options: ["ro", `parentLayerPaths=${JSON.stringify(paths)}`],
      },
    ]);
  });

  it("expands the disk as labels ask, and the label in bytes wins", async (test) => {
    const { root, driver } = await openIn(test);
    await makeTwo(driver);
    const sizes: readonly (readonly [number, ReadonlyMap<string, string>])[] = [
      [
        65_536,
        new Map([
          [sizeLabel, "65536"],
          [oldSizeLabel, "1"],
        ]),
      ],
      [2 ** 30, new Map([[oldSizeLabel, "1"]])],
    ];
    for (const [index, [size, labels]] of sizes.entries()) {
      await driver.make(layer(10 + index, [1], { labels }), call);
      assert.equal((await stat(join(root, `snapshots/${10 + index}/sandbox.vhdx`))).size, size);
    }
    const labels = new Map([[sizeLabel, "20GB"]]);
    await rejectsWith("invalid-argument", driver.make(layer(20, [1], { labels }), call));
  });

  it("gives a key that receives an image no disk, and does not convert what it received", async (test) => {
    const { root, host, driver } = await openIn(test);
    await makeTwo(driver);
    const unpacked = layer(3, [1], { key: "extract-1 sha256:00" });
    await driver.make(unpacked, call);
    assert.deepEqual(await readdir(join(root, "snapshots/3")), []);
    const before = host.plan.log.length;
    await driver.seal(unpacked, call);
    assert.deepEqual(host.plan.log.slice(before), []);
  });

  it("rejects with data-loss when the disk of the base is missing", async (test) => {
    const { root, driver } = await openIn(test);
    await makeTwo(driver);
    await rm(join(root, "snapshots/1/blank.vhdx"));
    await rejectsWith("data-loss", driver.make(layer(3, [1]), call));
  });

  it("seals again after a commit that failed half way, and leaves no export", async (test) => {
    const { root, host, driver } = await openIn(test);
    await makeTwo(driver);
    host.plan.fail("ImportLayer", 1, 0x80070070);
    await rejectsWith("resource-exhausted", driver.seal(layer(2, [1]), call));
    assert.deepEqual(await readdir(root), ["snapshots"]);
    await driver.seal(layer(2, [1]), call);
  });

  it("gives failures of calls the kind that callers expect", async (test) => {
    const { host, driver } = await openIn(test);
    await makeTwo(driver);
    const kinds = {
      2147942432: "failed-precondition",
      5: "permission-denied",
      21: "unavailable",
      50: "unimplemented",
    } as const;
    for (const [code, kind] of Object.entries(kinds)) {
      host.plan.fail("ExportLayer", 1, Number(code));
      await rejectsWith(kind, driver.seal(layer(2, [1]), call));
    }
  });

  it("rejects removal with failed-precondition when the layer cannot be renamed", async (test) => {
    const { root, driver } = await openIn(test);
    await makeTwo(driver);
    await mkdir(join(root, "snapshots/rm-2/in the way"), { recursive: true });
    await rejectsWith("failed-precondition", driver.remove(2, call));
  });

  it("removes at the next open what could not be destroyed", async (test) => {
    const { root, host } = await openIn(test);
    const leftovers: number[] = [];
    const open = async () =>
      createSnapshotter(await openWindowsDriver(root, host), await openSnapshotStore(root), {
        onLeftover: (id) => leftovers.push(id),
      });
    const first = await open();
    await first.prepare("key", null);
    // A layer that a crash left active.
    await host.activateLayer(join(root, "snapshots/1"));
    await first.remove("key");
    await first.cleanup();
    await first.close();
    assert.ok(leftovers.includes(1));
    assert.deepEqual(await readdir(join(root, "snapshots")), ["rm-1"]);
    await host.deactivateLayer(join(root, "snapshots/rm-1"));
    await mkdir(join(root, "export-7"));
    const second = await open();
    await second.cleanup();
    await second.close();
    assert.deepEqual(await readdir(join(root, "snapshots")), []);
    assert.ok(!(await readdir(root)).includes("export-7"));
  });
});
