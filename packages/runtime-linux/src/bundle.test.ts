import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Bundle, defaultCgroupsPath, parseBundleName, stateLayout } from "./bundle.ts";

const layout = stateLayout("/state");

describe("Bundle", () => {
  it("keeps all its files below its directory", () => {
    const bundle = new Bundle(layout, "default", "c1");
    assert.equal(bundle.directory, "/state/bundles/default+c1");
    for (const path of [
      bundle.config,
      bundle.rootfs,
      bundle.record,
      bundle.exit,
      bundle.monitorExit,
      bundle.log,
      bundle.link,
      bundle.exec("e1").record,
    ]) {
      assert.ok(path.startsWith(`${bundle.directory}/`), path);
    }
    assert.equal(bundle.startFifo, "/state/oci/default+c1/exec.fifo");
  });

  it("gives two containers two names, whatever their ids", () => {
    const names = [
      ["a-b", "c"],
      ["a", "b-c"],
      ["a.b", "c"],
      ["a", "b.c"],
    ].map(([namespace = "", id = ""]) => {
      const bundle = new Bundle(layout, namespace, id);
      return defaultCgroupsPath("/state", bundle);
    });
    assert.equal(new Set(names).size, names.length);
  });

  it("fits the longest ids into the names of files, with what conmon adds for its temporary ones", () => {
    const bundle = new Bundle(layout, "n".repeat(76), "i".repeat(76));
    assert.ok(bundle.ociId.length + ".XXXXXX".length <= 255);
    assert.ok(defaultCgroupsPath("/state", bundle).slice(1).length <= 255);
  });

  it("gives each state directory cgroups of its own", () => {
    const bundle = new Bundle(layout, "default", "c1");
    assert.notEqual(defaultCgroupsPath("/state", bundle), defaultCgroupsPath("/other", bundle));
    assert.equal(defaultCgroupsPath("/state", bundle), defaultCgroupsPath("/state", bundle));
  });
});

describe("parseBundleName", () => {
  it("is the inverse of a bundle's name", () => {
    const bundle = new Bundle(layout, "default", "c1");
    assert.deepEqual(parseBundleName(bundle.directory.slice(join("/state/bundles/").length)), {
      namespace: "default",
      id: "c1",
    });
  });

  for (const name of ["", "c1", "a+b+c", "lost+found+again"]) {
    it(`takes ${JSON.stringify(name)} for none`, () => {
      assert.equal(parseBundleName(name), null);
    });
  }
});
