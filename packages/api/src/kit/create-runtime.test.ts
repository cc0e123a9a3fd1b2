import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Container } from "../container.ts";
import type { CreateRequest, Runtime } from "../runtime.ts";
import { processToAny, specToAny } from "../spec/any.ts";
import type { OciProcess } from "../spec/oci.ts";
import { rejectsWith } from "../testing/assertions.ts";
import { createRuntime } from "./create-runtime.ts";
import { MemoryDriver } from "./testing/memory-driver.ts";

const stdio = { kind: "log", stdin: true } as const;
const sleep: OciProcess = { args: ["sleep"], cwd: "/" };

function requestOf(change: Partial<CreateRequest> & { readonly process?: OciProcess } = {}): CreateRequest {
  const { process = sleep, ...more } = change;
  const spec = specToAny({ ociVersion: "1.0.2", process });
  return { namespace: "default", id: "c1", spec, rootfs: [], stdio, ...more };
}

async function running(driver: MemoryDriver, runtime: Runtime): Promise<Container> {
  const container = await runtime.create(requestOf());
  await container.start();
  assert.equal(driver.process("c1").current.status, "running");
  return container;
}

const made = (capabilities?: MemoryDriver["capabilities"]) => {
  const driver = new MemoryDriver(capabilities);
  return { driver, runtime: createRuntime("memory", driver) };
};

describe("createRuntime: create", () => {
  it("denies what the driver does not name, and says so", async () => {
    const { runtime } = made({});
    assert.deepEqual(new Set(Object.values(runtime.capabilities)), new Set([false]));
    const none = { kind: "none" } as const;
    for (const request of [
      requestOf(),
      requestOf({ stdio: { kind: "pipes" } }),
      requestOf({ stdio: none, process: { ...sleep, terminal: true } }),
    ]) {
      await rejectsWith("unimplemented", runtime.create(request));
    }
    const container = await runtime.create(requestOf({ stdio: none }));
    for (const call of [
      container.pause(),
      container.resume(),
      container.stats(),
      container.update({ typeUrl: "", value: new Uint8Array() }),
      container.checkpoint({ path: "/x" }),
      container.exec({ id: "e", process: processToAny(sleep), stdio: none }),
      container.init.resize({ columns: 1, rows: 1 }),
      container.init.writeStdin(new Uint8Array()),
      container.init.closeStdin(),
    ]) {
      await rejectsWith("unimplemented", call);
    }
  });

  it("asks the driver for nothing whose ids or process have a wrong form", async () => {
    const { driver, runtime } = made();
    for (const request of [
      requestOf({ id: "../up" }),
      requestOf({ namespace: "a b" }),
      requestOf({ process: {} }),
      requestOf({ process: { ...sleep, cwd: "relative" } }),
    ]) {
      await rejectsWith("invalid-argument", runtime.create(request));
    }
    assert.deepEqual(driver.requests, []);
  });

  it("gives an id once, also to two who ask at once, and again after a failure or a deletion", async () => {
    const { driver, runtime } = made();
    const twice = await Promise.allSettled([runtime.create(requestOf()), runtime.create(requestOf())]);
    assert.deepEqual(
      twice.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    await rejectsWith("already-exists", runtime.create(requestOf()));
    driver.failure = new RangeError("no room");
    await assert.rejects(runtime.create(requestOf({ id: "c2" })), driver.failure);
    driver.failure = null;
    const second = await runtime.create(requestOf({ id: "c2" }));
    await second.delete();
    await runtime.create(requestOf({ id: "c2" }));
  });

  it("is not begun when its signal has aborted", async () => {
    const { driver, runtime } = made();
    const reason = new Error("no longer wanted");
    await assert.rejects(runtime.create(requestOf(), { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(driver.requests, []);
  });
});

describe("createRuntime: load and close", () => {
  it("tells of each container or its error, and of none that was left of a creation", async () => {
    const { driver, runtime } = made();
    const broken = new Error("cannot be read");
    const found = { namespace: "default", id: "sound", open: () => driver.container("sound") };
    driver.found = [
      found,
      { ...found, id: "left", open: () => undefined },
      { ...found, id: "broken", open: () => Promise.reject(broken) },
    ];
    await runtime.create(requestOf());
    const loaded = await runtime.load();
    const errors = loaded.map((one) => [one.id, "error" in one ? one.error : null] as const);
    assert.deepEqual(
      new Map(errors),
      new Map([
        ["c1", null],
        ["sound", null],
        ["broken", broken],
      ]),
    );
    await rejectsWith("already-exists", runtime.create(requestOf({ id: "broken" })));
    assert.equal((await runtime.load()).length, 3);
  });

  it("shows the driver's events, until it is closed", async () => {
    const { driver, runtime } = made();
    const events = runtime.events?.();
    const event = { type: "oom", namespace: "n", containerId: "c", processId: "c", exit: null } as const;
    driver.events.publish(event);
    await runtime.close();
    const shown = [];
    for await (const one of events ?? []) shown.push(one);
    assert.deepEqual(shown, [event]);
  });

  it("refuses everything once it is closed, and wakes those who wait", async () => {
    const { driver, runtime } = made();
    const container = await running(driver, runtime);
    const waiting = rejectsWith("failed-precondition", container.init.wait());
    await runtime.close();
    await runtime.close();
    await waiting;
    assert.equal(driver.process("c1").listeners, 0);
    for (const call of [
      runtime.load(),
      runtime.create(requestOf({ id: "c2" })),
      container.state(),
      container.start(),
    ]) {
      await rejectsWith("failed-precondition", call);
    }
  });
});

describe("createRuntime: containers", () => {
  it("starts once, however many ask at once", async () => {
    const { driver, runtime } = made();
    const container = await runtime.create(requestOf());
    const results = await Promise.allSettled([container.start(), container.start()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.deepEqual(driver.process("c1").calls, ["start"]);
  });

  it("refuses what does not fit where it stands", async () => {
    const { driver, runtime } = made();
    const container = await running(driver, runtime);
    await rejectsWith("failed-precondition", container.delete());
    await rejectsWith("failed-precondition", container.resume());
    await rejectsWith("failed-precondition", container.init.delete());
    await container.pause();
    await rejectsWith("failed-precondition", container.pause());
    await container.resume();
    await rejectsWith("invalid-argument", container.kill("NOTHING"));
    await container.kill("TERM");
    for (const call of [container.kill("TERM"), container.pause(), container.processes()]) {
      await rejectsWith("failed-precondition", call);
    }
    assert.deepEqual(driver.process("c1").calls, ["start", "signal 15"]);
  });

  it("keeps execs in their order until they are deleted, each id once", async () => {
    const { driver, runtime } = made();
    const container = await running(driver, runtime);
    const exec = (id: string) => container.exec({ id, process: processToAny(sleep), stdio });
    const [first] = [await exec("b"), await exec("a")];
    await rejectsWith("already-exists", exec("a"));
    assert.deepEqual(
      container.execs().map(({ id }) => id),
      ["b", "a"],
    );
    await first?.start();
    assert.deepEqual(await container.processes(), [
      { id: "c1", pid: 7 },
      { id: "b", pid: 7 },
    ]);
    await container.kill(10, { all: true });
    assert.deepEqual(driver.process("b").calls, ["start", "signal 10 to all"]);
    await first?.delete();
    assert.deepEqual(
      container.execs().map(({ id }) => id),
      ["a"],
    );
  });

  it("ends and removes execs before itself, by force, and knows its exit afterwards", async () => {
    const { driver, runtime } = made();
    const container = await running(driver, runtime);
    const exec = await container.exec({ id: "e", process: processToAny(sleep), stdio });
    await exec.start();
    const exit = await container.delete({ force: true });
    assert.equal(exit?.status, 137);
    assert.deepEqual(await container.init.wait(), exit);
    await rejectsWith("not-found", container.state());
    await rejectsWith("not-found", container.delete());
    for (const id of ["e", "c1"]) {
      assert.deepEqual(driver.process(id).calls, ["start", "signal 9 to all", "remove"], id);
    }
  });
});
