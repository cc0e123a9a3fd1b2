import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mountAll } from "./mount-all.ts";
import { listMounts } from "./mount-info.ts";
import { splitLayers } from "./overlay-parts.ts";
import { SystemError } from "./system-error.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { unmountAll } from "./unmount.ts";

describe("splitLayers", () => {
  const layer = (path: string) => ({ key: "lowerdir+", path });
  it("splits at colons", () => assert.deepEqual(splitLayers("/a:/b"), [layer("/a"), layer("/b")]));
  it("takes an escaped colon, comma or backslash as part of the path", () => {
    assert.deepEqual(splitLayers(String.raw`/a\:b:/c\\:/d\,e`), [layer("/a:b"), layer("/c\\"), layer("/d,e")]);
  });
  it("knows layers that hold data only", () => {
    assert.deepEqual(splitLayers("/a::/b"), [layer("/a"), { key: "datadir+", path: "/b" }]);
  });
});

/** Makes layers whose paths have a given length, each with a file of its own and one file that all have. */
function makeLayers(root: string, count: number, pathLength: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    let path = join(root, `${index}-`.padEnd(Math.min(200, Math.max(1, pathLength - root.length - 1)), "x"));
    while (path.length < pathLength)
      path = join(path, "y".repeat(Math.max(1, Math.min(200, pathLength - path.length - 1))));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file-${index}`), String(index));
    writeFileSync(join(path, "shared"), String(index));
    return path;
  });
}

describe("mountAll with more layers than a page holds", { skip: needsRoot }, () => {
  const root = testDirectory();
  const place = (name: string) => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const overlay = (options: readonly string[]) => [{ type: "overlay", source: "overlay", target: "", options }];

  for (const { count, length } of [
    { count: 128, length: 100 },
    { count: 499, length: 60 },
    { count: 20, length: 600 },
  ]) {
    it(`mounts ${count} layers with paths of ${length} bytes, writable`, async () => {
      const target = place(`target-${count}`);
      const layers = makeLayers(place(`layers-${count}`), count, length);
      const [upper, work] = [place(`upper-${count}`), place(`work-${count}`)];
      const options = ["index=off", `lowerdir=${layers.join(":")}`, `upperdir=${upper}`, `workdir=${work}`, "nodev"];
      await mountAll(overlay(options), target);
      assert.equal(readdirSync(target).length, count + 1);
      assert.equal(readFileSync(join(target, "shared"), "utf8"), "0");
      assert.equal(readFileSync(join(target, `file-${count - 1}`), "utf8"), String(count - 1));
      writeFileSync(join(target, "new"), "");
      assert.deepEqual(readdirSync(upper), ["new"]);
      const [entry] = await listMounts(target);
      assert.ok(entry?.options.includes("nodev"));
      await unmountAll(target);
    });
  }

  it("takes paths with colons, commas and backslashes", async () => {
    const target = place("odd-target");
    const layers = makeLayers(place("odd: ,\\layers"), 100, 120);
    const escaped = layers.map((path) => path.replace(/[\\:,]/g, "\\$&"));
    await mountAll(overlay([`lowerdir=${escaped.join(":")}`]), target);
    assert.equal(readdirSync(target).length, 101);
    await unmountAll(target);
  });

  it("takes an upper and a work directory with long paths", async () => {
    const target = place("long-target");
    const layers = makeLayers(place("long-layers"), 100, 100);
    const [upper, work] = [
      place(`${"u".repeat(200)}/${"v".repeat(200)}`),
      place(`${"u".repeat(200)}/${"w".repeat(200)}`),
    ];
    await mountAll(overlay([`lowerdir=${layers.join(":")}`, `upperdir=${upper}`, `workdir=${work}`]), target);
    writeFileSync(join(target, "new"), "");
    assert.deepEqual(readdirSync(upper), ["new"]);
    await unmountAll(target);
  });

  it("is readonly when asked, and refuses writes", async () => {
    const target = place("ro-target");
    const layers = makeLayers(place("ro-layers"), 100, 100);
    const options = ["ro", `lowerdir=${layers.join(":")}`, `upperdir=${place("ro-u")}`, `workdir=${place("ro-w")}`];
    await mountAll(overlay(options), target);
    assert.throws(() => writeFileSync(join(target, "x"), ""), { code: "EROFS" });
    await unmountAll(target);
  });

  it("passes on what the kernel says about more layers than it can stack", async () => {
    const target = place("many-target");
    const layers = makeLayers(place("many"), 502, 50);
    await assert.rejects(mountAll(overlay([`lowerdir=${layers.join(":")}`]), target), (error: unknown) => {
      assert.ok(error instanceof SystemError);
      assert.equal(error.errno, "EINVAL");
      assert.match(error.message, /^mount overlay on ".*": .*limit is 500.* \(EINVAL\)$/);
      return true;
    });
    assert.deepEqual(await listMounts(target), []);
  });

  it("names a layer that is missing by the kernel's words and leaves nothing", async () => {
    const target = place("missing-target");
    const layers = [...makeLayers(place("missing"), 100, 100), "/no/such/layer"];
    await assert.rejects(mountAll(overlay([`lowerdir=${layers.join(":")}`]), target), { errno: "ENOENT" });
    assert.deepEqual(await listMounts(target), []);
  });
});
