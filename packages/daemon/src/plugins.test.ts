import assert from "node:assert/strict";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isOperationError } from "@gantry/api";
import type { Opened } from "@gantry/api/plugin";
import { createSilentLog } from "./log.ts";
import { PluginSet, type PluginSetOptions, type PluginSource } from "./plugins.ts";
import { temporaryDirectory } from "./testing/test-daemon.ts";

describe("PluginSet", () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const source = (id: string, open: () => Promise<Opened<string>>): PluginSource<string> => {
    return { id, options: {}, load: async () => ({ id, open }) };
  };
  const ready = (id: string) => source(id, async () => ({ ready: `plugin ${id}` }));

  const openSet = (sources: readonly PluginSource<string>[], options: Partial<PluginSetOptions<string>> = {}) =>
    PluginSet.open({
      fail: () => {},
      ...{ type: "runtime", sources, root: join(directory, "r"), state: join(directory, "s") },
      ...{ log: createSilentLog(), close: async () => {}, ...options },
    });

  it("opens all, and tells of each what became of it", async () => {
    const set = await openSet([
      source("broken", () => Promise.reject(new TypeError("no disk"))),
      source("elsewhere", async () => ({ skipped: "not on this host" })),
      ready("works"),
      { id: "gone", options: {}, load: () => Promise.reject(new TypeError("cannot find module")) },
    ]);
    assert.deepEqual(set.outcomes, [
      { id: "broken", status: "failed", reason: "no disk" },
      { id: "elsewhere", status: "skipped", reason: "not on this host" },
      { id: "works", status: "ready", plugin: "plugin works" },
      { id: "gone", status: "failed", reason: "cannot find module" },
    ]);
    assert.ok(existsSync(join(directory, "r", "works")));
  });

  it("lets others pass to what a plug-in opens of its state, and to nothing else", async () => {
    await openSet([ready("a")]);
    const modes = ["s", "s/a", "r", "r/a"].map((name) => (statSync(join(directory, name)).mode & 0o777).toString(8));
    assert.deepEqual(modes, ["711", "700", "700", "700"]);
  });

  it("uses the first that is ready where nobody names one, or the configured one", async () => {
    const sources = [source("skipped", async () => ({ skipped: "x" })), ready("a"), ready("b")];
    assert.equal((await openSet(sources)).get("").id, "a");
    assert.equal((await openSet(sources, { defaultId: "b" })).get("").id, "b");
  });

  it("rejects one that is not ready with not-found, saying why and which are", async () => {
    const set = await openSet([
      source("broken", () => Promise.reject(new TypeError("no disk"))),
      ready("a"),
      ready("b"),
    ]);
    const names = (message: string) => (error: unknown) =>
      isOperationError(error, "not-found") && error.message.includes(message);
    assert.throws(() => set.get("broken"), names("is not ready (no disk); ready: a, b"));
    assert.throws(() => set.get("other"), names("is not there; ready: a, b"));
    const configured = await openSet([ready("a")], { defaultId: "other" });
    assert.throws(() => configured.get(""), names("is not there; ready: a"));
  });

  it("gives up on one that does not open in time, and closes it when it does after all", async () => {
    const late = Promise.withResolvers<Opened<string>>();
    const closed = Promise.withResolvers<string>();
    const set = await openSet([source("slow", () => late.promise), ready("a")], {
      deadlineMs: 5,
      close: async (plugin) => closed.resolve(plugin),
    });
    assert.deepEqual(set.outcomes[0], { id: "slow", status: "failed", reason: "did not open within 5 ms" });
    late.resolve({ ready: "slow one" });
    assert.equal(await closed.promise, "slow one");
  });

  describe("a process of its own", () => {
    const flaky = () => {
      let isThere = false;
      const plugin = source("far", async () => {
        if (!isThere) throw new TypeError("nobody answers");
        return { ready: "far away" };
      });
      const come = () => {
        isThere = true;
      };
      return { come, source: { ...plugin, comesAndGoes: true } };
    };

    it("is not there for now, and is opened again when it has come", async () => {
      const { come, source: far } = flaky();
      const set = await openSet([ready("a"), far]);
      assert.deepEqual(set.comingAndGoing, ["far"]);
      assert.throws(
        () => set.get("far"),
        (error) => isOperationError(error, "unavailable"),
      );
      assert.equal(await set.reopen("far"), false);
      come();
      assert.equal(await set.reopen("far"), true);
      assert.equal(set.get("far").plugin, "far away");
      assert.deepEqual(
        set.outcomes.map(({ id, status }) => `${id} ${status}`),
        ["a ready", "far ready"],
      );
      assert.equal(await set.reopen("far"), true);
      assert.equal(await set.reopen("unknown"), false);
    });

    it("is opened of its own accord where nobody has to know when it comes", async () => {
      const { come, source: far } = flaky();
      const opened = Promise.withResolvers<void>();
      let tries = 0;
      const load = async () => {
        tries += 1;
        if (tries === 3) {
          come();
          opened.resolve();
        }
        return far.load();
      };
      const set = await openSet([{ ...far, load }], { retryMs: 1 });
      set.keepTrying();
      await opened.promise;
      while (!set.ready().has("far")) await nextTurn();
      assert.equal(tries, 3);
      await set.close();
    });

    it("is closed again if it comes when the others have been closed", async () => {
      const { come, source: far } = flaky();
      const closed: string[] = [];
      const set = await openSet([far], { close: async (plugin) => void closed.push(plugin) });
      await set.close();
      come();
      assert.equal(await set.reopen("far"), false);
      assert.deepEqual(closed, ["far away"]);
    });
  });

  it("refuses two of one id with invalid-argument", async () => {
    await assert.rejects(openSet([ready("a"), ready("a")]), (error) => isOperationError(error, "invalid-argument"));
  });
});
