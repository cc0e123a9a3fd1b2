import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { processToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { heldBytes, neededMemory } from "./held-memory.ts";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers, rootfsOf } from "./linux-harness.ts";

/** How many containers come and go; a growth of the memory shows in 1,000 only (`GANTRY_CYCLES=1000`). */
const cycles = Number(process.env["GANTRY_CYCLES"] ?? 30);
const atOnce = 8;
const mebibyte = 1024 * 1024;
/** So many at least are made before anything is counted: pools of threads fill, and modules are loaded late. */
const warmUp = 16;

/** What a runtime that forgets to clean up would have ever more of. */
interface Use {
  readonly descriptors: number;
  readonly threads: number;
  /** Files and directories of the runtime. */
  readonly files: number;
  /** Mounts, cgroups and processes of containers. */
  readonly leftovers: readonly string[];
  /** Timers, sockets and other things that Node waits for. */
  readonly resources: number;
}

describe("runtime: linux after many containers", { skip: noContainers, timeout: 600_000 }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  it(`holds no more than before: ${cycles} made, run and deleted, ${atOnce} at a time`, async (test) => {
    await churn(host, warmUp);
    const before = await useOf(host);
    const first = { times: await churn(host, cycles / 2), memory: neededMemory() };
    const second = { times: await churn(host, cycles / 2), memory: neededMemory() };
    assert.deepEqual(await settled(host, before), before);
    report(test, [first, second]);
    // In the first half the engine still takes memory for itself. Less than this is what it leaves lying about.
    if (cycles >= 1000) {
      assert.ok(second.memory.heapUsed - first.memory.heapUsed < 2 * mebibyte);
      assert.ok(heldBytes(second.memory) - heldBytes(first.memory) < 16 * mebibyte);
    }
  });

  it("holds no more than before: containers that could not be made", async () => {
    const missing = host.requestOf(["/bin/there-is-no-such-program"]);
    const [mount] = rootfsOf(host.base);
    assert.ok(mount !== undefined);
    const unmountable = { ...missing, rootfs: [{ ...mount, source: "/there/is/no/such/source" }] };
    const fail = async () => {
      for (const request of [missing, unmountable]) await rejectsWith("not-found", host.runtime.create(request));
    };
    await fail();
    const before = await useOf(host);
    for (let round = 0; round < 10; round += 1) await fail();
    assert.deepEqual(await settled(host, before), before);
  });

  it("holds no more than before: a running container that is asked again and again", async () => {
    const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
    const ask = async (round: number) => {
      const id = `e${round}`;
      const exec = await container.exec({ id, process: processToAny({ args: ["/bin/true"] }), stdio: { kind: "log" } });
      await exec.start();
      await exec.wait();
      await Array.fromAsync(exec.output({ follow: true }));
      await exec.delete();
      await assert.rejects(container.init.wait({ signal: AbortSignal.abort() }));
      const output = container.init.output({ follow: true })[Symbol.asyncIterator]();
      await output.return?.();
      const events = host.runtime.events?.()[Symbol.asyncIterator]();
      await events?.return?.();
      await Promise.all([container.state(), container.stats(), container.processes()]);
    };
    for (let round = 0; round < 3; round += 1) await ask(round);
    const before = await useOf(host);
    for (let round = 0; round < 15; round += 1) await ask(round);
    assert.deepEqual(await settled(host, before), before);
  });
});

/** Returns how long each container took, in milliseconds. */
async function churn(host: LinuxFixture, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++) {
      const began = performance.now();
      const container = await host.run({ ...host.requestOf(["/bin/sh", "-c", "echo out; exit 3"]), id: `c${index}` });
      assert.equal((await container.init.wait()).status, 3);
      assert.equal((await Array.fromAsync(container.init.output({ follow: true }))).length, 1);
      await container.delete();
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return times;
}

async function useOf(host: LinuxFixture): Promise<Use> {
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: Number(/^Threads:\s*(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]),
    files: readdirSync(host.base, { recursive: true }).length,
    leftovers: await host.leftovers(),
    resources: process.getActiveResourcesInfo().length,
  };
}

/** What is closed is gone some turns of the event loop later; what is not shows in what is returned. */
async function settled(host: LinuxFixture, expected: Use): Promise<Use> {
  let use = await useOf(host);
  for (let turn = 0; turn < 1000 && JSON.stringify(use) !== JSON.stringify(expected); turn += 1) {
    await nextTurn();
    use = await useOf(host);
  }
  return use;
}

interface Half {
  readonly times: readonly number[];
  readonly memory: NodeJS.MemoryUsage;
}

function report(test: TestContext, halves: readonly [Half, Half]): void {
  const inMebibytes = (bytesOf: (half: Half) => number) =>
    halves.map((half) => (bytesOf(half) / mebibyte).toFixed(1)).join(" MiB, then ");
  const resident = inMebibytes(({ memory }) => heldBytes(memory));
  const heap = inMebibytes(({ memory }) => memory.heapUsed);
  const times = halves.flatMap((half) => half.times);
  const tenth = Math.max(1, Math.floor(times.length / 10));
  const mean = (some: readonly number[]) => (some.reduce((sum, each) => sum + each, 0) / some.length).toFixed(0);
  test.diagnostic(`after either half: resident ${resident} MiB; heap ${heap} MiB`);
  test.diagnostic(`first tenth ${mean(times.slice(0, tenth))} ms each, last ${mean(times.slice(-tenth))} ms`);
}
