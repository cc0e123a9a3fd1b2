import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Snapshotter } from "@gantry/api";
import { builtinsFor } from "./builtins.ts";
import { parseConfig } from "./config/parse-config.ts";
import { createSilentLog } from "./log.ts";
import { collectPluginSources, type Registrations } from "./plugin-sources.ts";
import { PluginSet } from "./plugins.ts";
import { temporaryDirectory } from "./testing/test-daemon.ts";

describe("snapshotters of the configuration", () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Opens the snapshotters that a configuration leads to; in place of what is built in, unless `registrations` says else. */
  const outcomes = async (toml: string, registrations: Registrations = { snapshotters: [] }) => {
    const config = parseConfig(`version = 1\n${toml}`, join(directory, "gantryd.toml"), directory);
    const { snapshotters } = collectPluginSources(config, builtinsFor(process.platform), registrations);
    const set = await PluginSet.open<Snapshotter>({
      fail: () => {},
      ...{ type: "snapshotter", sources: snapshotters, root: join(directory, "r"), state: join(directory, "s") },
      ...{ log: createSilentLog(), close: (plugin) => plugin.close() },
    });
    await set.close();
    return set.outcomes.map((one) => `${one.id} ${one.status}: ${"reason" in one ? one.reason : ""}`);
  };

  it("takes a module beside the file by the name that it exports, with its options", async () => {
    const text = "export const snapshotter = { id: 'x', open: async ({ options }) => ({ skipped: options.pool }) };";
    writeFileSync(join(directory, "mine.mjs"), text);
    const toml = '[snapshotters.mine]\nmodule = "./mine.mjs"\n[snapshotters.mine.options]\npool = "tank"';
    assert.deepEqual(await outcomes(toml), ["mine skipped: tank"]);
  });

  it("says of a module that it exports no registration, and of an id that nothing is built in under it", async () => {
    writeFileSync(join(directory, "none.mjs"), "export const other = {};");
    const [module, id] = await outcomes('[snapshotters.none]\nmodule = "./none.mjs"\n[snapshotters.unknown]');
    assert.match(module ?? "", /^none failed: .*exports no registration "snapshotter"/);
    assert.match(id ?? "", /^unknown failed: .*is not built in, and has neither module nor address/);
  });

  it("finds the drivers of zfs and of Windows by the names of their modules, each skipped on other platforms", async () => {
    const modules = { zfs: ["linux", "sunos"], windows: ["win32"] };
    for (const [name, platforms] of Object.entries(modules)) {
      const [outcome] = await outcomes(`[snapshotters.other]\nmodule = "@gantry/snapshotter/${name}"`);
      const elsewhere = `other skipped: needs ${platforms.join(" or ")}, this is ${process.platform}`;
      if (platforms.some((platform) => platform === process.platform)) assert.match(outcome ?? "", /^other skipped: /);
      else assert.equal(outcome, elsewhere);
    }
  });

  it("hands options to the driver of zfs, which refuses what it does not know", async (t) => {
    if (!["linux", "sunos"].includes(process.platform)) return t.skip("is for linux and sunos");
    const ways = ["", 'module = "@gantry/snapshotter/zfs"\n'];
    for (const way of ways) {
      const [outcome] = await zfsOutcome(`[snapshotters.zfs]\n${way}[snapshotters.zfs.options]\npool = "tank"`);
      assert.match(outcome ?? "", /^zfs failed: .*option pool is unknown; known are unsynced, dataset/);
    }
  });

  it("has zfs on Linux wait for being configured, and says so", async (t) => {
    if (process.platform !== "linux") return t.skip("is for linux");
    const unnamed = await zfsOutcome("");
    assert.deepEqual(unnamed, ["zfs skipped: needs [snapshotters.zfs.options] with a dataset in the configuration"]);
    const [named] = await zfsOutcome("[snapshotters.zfs]");
    assert.match(named ?? "", /^zfs skipped: (zfs does not work here|no dataset is mounted at the root)/);
  });

  const zfsOutcome = async (toml: string) => (await outcomes(toml, {})).filter((outcome) => outcome.startsWith("zfs "));
});

describe("builtinsFor", () => {
  const ids = (platform: NodeJS.Platform) => builtinsFor(platform).snapshotters.map(({ id }) => id);

  it("lists the snapshotters of each platform in the order of preference", () => {
    assert.deepEqual(ids("linux"), ["overlay", "btrfs", "native", "zfs"]);
    assert.deepEqual(ids("sunos"), ["zfs", "native"]);
    assert.deepEqual(ids("win32"), ["windows"]);
    assert.deepEqual(ids("aix"), []);
  });

  it("loads under each id the registration of that id", async () => {
    for (const platform of ["linux", "sunos", "win32"] as const) {
      const { snapshotters } = builtinsFor(platform);
      const loaded = await Promise.all(snapshotters.map(({ load }) => load()));
      assert.deepEqual(
        loaded.map(({ id }) => id),
        ids(platform),
      );
    }
  });
});
