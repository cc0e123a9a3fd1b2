import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Container } from "@gantry/api";
import { type OciSpec, specToAny } from "@gantry/api/spec";
import type { RuntimeHarness } from "@gantry/api/testing";
import { runtime as registration } from "../src/runtime.ts";
import { openHarness } from "./harness.ts";

describe("runtime: process, where something goes wrong", () => {
  let harness: RuntimeHarness;
  let root = "";

  before(async () => {
    harness = await openHarness();
    const [mount] = await harness.makeRootfs();
    root = join(dirname(mount?.source ?? ""), "root");
  });
  after(() => harness.close());

  const create = async (id: string, spec: OciSpec = harness.spec({ does: "sleep" }), change: object = {}) => {
    const stdio = { kind: "none" } as const;
    const request = { namespace: "faults", id, spec: specToAny(spec), rootfs: await harness.makeRootfs(), stdio };
    return harness.runtime.create({ ...request, ...change });
  };

  const run = async (id: string): Promise<Container> => {
    const container = await create(id);
    await container.start();
    return container;
  };

  const killMonitorOf = (id: string) => {
    const { pid } = JSON.parse(readFileSync(join(root, `faults+${id}`, "monitor.json"), "utf8"));
    process.kill(pid, "SIGKILL");
  };

  it("shows a container whose monitor is gone as running, and its end as one whose status is lost", async () => {
    const container = await run("monitor-gone");
    killMonitorOf("monitor-gone");
    const { status, pid } = await container.state();
    assert.equal(status, "running");
    await container.kill("SIGTERM");
    const exit = await container.init.wait();
    assert.deepEqual([exit.status, exit.pid], [255, pid]);
    assert.deepEqual(await container.delete(), exit);
  });

  it("shows a container that the host took with it as stopped, once and for all", async () => {
    const container = await run("host-gone");
    const { pid } = await container.state();
    killMonitorOf("host-gone");
    process.kill(pid ?? 0, "SIGKILL");
    const exit = await container.init.wait();
    assert.equal(exit.status, 255);
    const found = (await harness.reopen()).find(({ id }) => id === "host-gone");
    assert.ok(found !== undefined && "container" in found);
    assert.deepEqual(await found.container.delete(), exit);
  });

  it("removes what is left of a creation, and returns what it cannot read with the error", async () => {
    mkdirSync(join(root, "faults+begun"));
    mkdirSync(join(root, "faults+broken"));
    writeFileSync(join(root, "faults+broken/program.json"), "{");
    await create("sound");
    const found = await harness.reopen();
    const kinds = new Map(found.map((one) => [one.id, "container" in one ? "container" : "error"]));
    assert.deepEqual(
      kinds,
      new Map([
        ["broken", "error"],
        ["sound", "container"],
      ]),
    );
    for (const one of found) if ("container" in one) await one.container.delete();
  });

  it("refuses what it cannot do of a spec, and names it", async () => {
    const spec = harness.spec({ does: "sleep" });
    const refused: readonly [string, Partial<OciSpec>][] = [
      ["linux.resources", { linux: { resources: { memory: { limit: 1 << 26 } } } }],
      ["root.readonly", { root: { readonly: true } }],
      ["process.user", { process: { ...spec.process, user: { uid: 1000 } } }],
      ["process.user", { process: { ...spec.process, user: { username: "nobody" } } }],
    ];
    for (const [property, change] of refused) {
      const call = create("refused", { ...spec, ...change });
      await assert.rejects(call, { kind: "invalid-argument", subject: { type: "spec", id: property } });
    }
  });

  it("refuses mounts that are more than a directory", async () => {
    const [mount] = await harness.makeRootfs();
    for (const change of [{ type: "overlay" }, { target: "mnt" }, { options: ["rbind", "ro"] }]) {
      const call = create("refused", undefined, { rootfs: [{ ...mount, ...change }] });
      await assert.rejects(call, { kind: "invalid-argument", subject: { type: "spec", id: "rootfs" } });
    }
  });

  it("refuses an option that it does not know", async () => {
    const context = { root, state: root, options: { fast: true }, log: () => undefined };
    await assert.rejects(registration.open(context), { kind: "invalid-argument", detail: "has no option fast" });
  });
});
