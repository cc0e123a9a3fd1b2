import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Container, isOperationError, type OutputFrame, type Runtime } from "@gantry/api";
import { processToAny, specToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { Bundle, stateLayout } from "../src/bundle.ts";
import { nodeHost } from "../src/host-node.ts";
import { heldBytes, neededMemory } from "./held-memory.ts";
import {
  closeAndDelete,
  leftoversOf,
  makeBase,
  noContainers,
  openLinuxRuntime,
  rootfsOf,
  specOf,
} from "./linux-harness.ts";
import {
  assertConsecutive,
  assertSameText,
  giveTurn,
  pacedProgram,
  Reading,
  roundsText,
  textOf,
  unpacedProgram,
  writeRounds,
} from "./paced-output.ts";

/** The least there is, so that little has to be written. */
const logBytes = 1024 * 1024;
/** Less than half a part with its headers, so that there is at most one rotation in a round. */
const roundBytes = 150_000;
const rounds = 20;
/** What nobody could hold who held it all. Ten times as much shows no more, and takes ten times as long. */
const floodBytes = 256 * 1024 * 1024;
const expected = roundsText(roundBytes, rounds);

describe("runtime: linux with a limit for logs", { skip: noContainers }, () => {
  let base = "";
  let runtime: Runtime;

  beforeEach(async () => {
    base = makeBase();
    runtime = await openLinuxRuntime(base, { logBytes });
    await runtime.load();
  });

  afterEach(async () => {
    await closeAndDelete(runtime);
    const leftovers = await leftoversOf(base);
    rmSync(base, { recursive: true, force: true });
    assert.deepEqual(leftovers, []);
  });

  async function run(args: readonly string[]): Promise<Container> {
    const spec = specOf({ does: "sleep" });
    const container = await runtime.create({
      namespace: "suite",
      id: "c1",
      spec: specToAny({ ...spec, process: { ...spec.process, args } }),
      rootfs: rootfsOf(base),
      stdio: { kind: "log", stdin: true },
    });
    await container.start();
    return container;
  }

  const runRounds = () => run(pacedProgram(roundBytes));
  const bundle = () => new Bundle(stateLayout(join(base, "state")), "suite", "c1");

  async function reopen(): Promise<Container> {
    await runtime.close();
    runtime = await openLinuxRuntime(base, { logBytes });
    const [found] = await runtime.load();
    assert.ok(found !== undefined && "container" in found);
    return found.container;
  }

  /** Bytes of all files of the log. */
  function usage(): number {
    const { log, logParts } = bundle();
    const parts = readdirSync(logParts).filter((name) => /^\d+$/.test(name));
    // Where nobody had prepared for it, the present part is a file of its own, perhaps with a second name by now.
    // One that was listed may be removed by now.
    const stats = [...parts.map((name) => join(logParts, name)), log].flatMap((path) => {
      return statSync(path, { throwIfNoEntry: false }) ?? [];
    });
    return [...new Map(stats.map(({ ino, size }) => [ino, size])).values()].reduce((sum, size) => sum + size, 0);
  }

  it("loses nothing for readers that keep up, and takes up no more than the limit", async () => {
    const container = await runRounds();
    const readers = [new Reading(container), new Reading(container)];
    for (let round = 0; round < rounds; round += 1) {
      await giveTurn(container);
      for (const reader of readers) await reader.until(`end ${round}\n`);
      assert.ok(usage() <= logBytes, `${usage()} bytes after round ${round}`);
    }
    await container.init.closeStdin();
    for (const reader of readers) assertSameText(await reader.rest(), expected);
  });

  it("shows a late reader all that is kept, to the end and without a hole, and offsets that lead on", async () => {
    const container = await runRounds();
    await writeRounds(container, 0, rounds);
    await container.init.closeStdin();
    await container.init.wait();
    const frames = await Array.fromAsync(container.init.output());
    const text = textOf(frames);
    assertSameText(text, expected.slice(-text.length));
    assert.ok(text.length > logBytes / 4 && text.length <= logBytes, `${text.length} bytes`);
    for (const [index, { nextOffset }] of frames.entries()) {
      if (index % 20 !== 0) continue;
      const rest = await Array.fromAsync(container.init.output({ fromOffset: nextOffset }));
      assertSameText(textOf(rest), textOf(frames.slice(index + 1)));
    }
  });

  it("tells a reader with out-of-range that what it asks for is not kept any more", async () => {
    const container = await runRounds();
    const fromOffset = await writeRounds(container, 0, 1);
    const slow = container.init.output({ follow: true })[Symbol.asyncIterator]();
    await slow.next();
    await writeRounds(container, 1, rounds, fromOffset);
    await rejectsWith("out-of-range", Array.fromAsync(container.init.output({ fromOffset })));
    const rest = async () => {
      for (let step = await slow.next(); step.done !== true; ) step = await slow.next();
    };
    await rejectsWith("out-of-range", rest());
  });

  it("holds what an exec floods its output with neither in memory nor on the disk, while a reader stands still", async () => {
    const container = await run(["/bin/sleep", "1000"]);
    const script = `yes ${"x".repeat(1_000)} | head -c ${floodBytes}`;
    const flood = processToAny({ args: ["/bin/sh", "-c", script] });
    const exec = await container.exec({ id: "flood", process: flood, stdio: { kind: "log" } });
    await exec.start();
    const still = exec.output({ follow: true })[Symbol.asyncIterator]();
    await still.next();
    const before = heldBytes(neededMemory());
    assert.equal((await exec.wait()).status, 0);
    const more = heldBytes(neededMemory()) - before;
    assert.ok(more < 16 * 1024 * 1024, `${more} bytes more`);
    await still.return?.();
    const kept = (await Array.fromAsync(exec.output())).reduce((sum, { data }) => sum + data.length, 0);
    assert.ok(kept > 0 && kept <= logBytes, `${kept} bytes`);
    await exec.delete();
  });

  it("goes on after the runtime is opened anew, for a reader that had seen all", async () => {
    let container = await runRounds();
    let seen = "";
    let fromOffset = 0n;
    for (let round = 0; round < rounds; round += 1) {
      await giveTurn(container);
      const reader = new Reading(container, fromOffset);
      await reader.until(`end ${round}\n`);
      await reader.stop();
      seen += reader.text;
      fromOffset = reader.nextOffset;
      if (round % 3 === 2) container = await reopen();
    }
    assertSameText(seen, expected);
  });

  it("keeps to twice the limit while nobody has the runtime open, and then shows no hole", async () => {
    const [bytes, count] = [20_000, 300];
    const container = await run(unpacedProgram(bytes, count));
    const before = new Reading(container);
    await giveTurn(container);
    await before.until("end 3\n");
    await before.stop();
    await runtime.close();
    const link = await nodeHost.joinLink(bundle().link);
    await link?.ended;
    link?.close();
    assert.ok(usage() <= 2 * logBytes, `${usage()} bytes`);

    const again = await reopen();
    const text = textOf(await Array.fromAsync(again.init.output()));
    assertSameText(text, roundsText(bytes, count).slice(-text.length));
    assert.notEqual(text, "");
    assert.ok(usage() <= logBytes, `${usage()} bytes`);
    await rejectsWith("out-of-range", Array.fromAsync(again.init.output({ fromOffset: before.nextOffset })));
  });

  it("shows output that comes as fast as it can without a hole, or tells of it", async () => {
    const container = await run(["/bin/busybox", "seq", "1", "200000"]);
    const frames: OutputFrame[] = [];
    try {
      for await (const frame of container.init.output({ follow: true })) frames.push(frame);
      assert.match(textOf(frames.slice(-1)), /200000\n$/);
    } catch (error) {
      assert.ok(isOperationError(error) && error.kind === "out-of-range", String(error));
    }
    await container.init.wait();
    assertConsecutive(textOf(frames));
    const kept = textOf(await Array.fromAsync(container.init.output()));
    assert.match(kept, /200000\n$/);
    assertConsecutive(kept);
    assert.ok(usage() <= 2 * logBytes, `${usage()} bytes`);
  });

  it("lets a container write to its end while readers stand still or have vanished", async () => {
    const container = await run(unpacedProgram(1_000_000, 8));
    const stalled = container.init.output({ follow: true })[Symbol.asyncIterator]();
    const vanished = container.init.output({ follow: true })[Symbol.asyncIterator]();
    const firsts = [stalled.next(), vanished.next()];
    await giveTurn(container);
    await Promise.all(firsts);
    await vanished.return?.();
    assert.equal((await container.init.wait()).status, 0);
    await stalled.return?.();
    // Whoever looks removes what is not kept; until then there may be some parts more.
    await Array.fromAsync(container.init.output());
    assert.ok(usage() <= logBytes, `${usage()} bytes`);
  });

  it("limits the output of an exec too", async () => {
    const container = await runRounds();
    const args = ["/bin/sh", "-c", "yes 0123456789abcde | head -c 4000000; echo; echo all"];
    const exec = await container.exec({ id: "e1", process: processToAny({ args }), stdio: { kind: "log" } });
    await exec.start();
    await exec.wait();
    const text = textOf(await Array.fromAsync(exec.output()));
    assert.ok(text.endsWith("\nall\n") && text.length <= logBytes);
    await exec.delete();
  });
});
