import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container } from "@gantry/api";
import { specToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { MemoryHost, SimulatedRuntime } from "./index.ts";

describe("a simulated checkpoint", () => {
  let path: string;
  let runtime: SimulatedRuntime;

  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "gantry-simulated-"));
    runtime = new SimulatedRuntime(new MemoryHost());
  });

  afterEach(async () => {
    await runtime.close();
    rmSync(path, { recursive: true });
  });

  async function create(id: string, script: string, more: object = {}): Promise<Container> {
    return runtime.create({
      ...{ namespace: "test", id, stdio: { kind: "log" } },
      spec: specToAny({ ociVersion: "1.0.2", process: { args: ["sh", "-c", script], cwd: "/" } }),
      rootfs: [{ type: "simulated", source: "nothing", target: "", options: [] }],
      ...more,
    });
  }

  async function checkpointed(script: string): Promise<void> {
    const container = await create("c1", script);
    await container.start();
    await container.checkpoint({ path });
  }

  async function outputOf(container: Container): Promise<string> {
    const frames = await Array.fromAsync(container.init.output({ follow: true }));
    return Buffer.concat(frames.map(({ data }) => data)).toString();
  }

  it("goes on behind the command that ran, whatever program the spec names", async () => {
    await checkpointed("echo before; sleep 0.05; echo behind; exit 7");
    const restored = await create("c2", "exit 1", { checkpoint: path });
    await restored.start();
    assert.equal(await outputOf(restored), "behind\n");
    assert.equal((await restored.init.wait()).status, 7);
  });

  it("has the files that programs made, and the signals that they ignore", async () => {
    await checkpointed("trap '' TERM; touch /made; sleep 0.05; [ -e /made ]; exit $?");
    const restored = await create("c2", "exit 1", { checkpoint: path });
    await restored.start();
    await restored.kill("SIGTERM");
    assert.equal((await restored.init.wait()).status, 0);
  });

  it("goes on waiting for input, and reads what comes in the new container", async () => {
    const stdio = { kind: "log", stdin: true } as const;
    const spec = specToAny({ ociVersion: "1.0.2", process: { args: ["cat"], cwd: "/" } });
    const container = await create("c1", "", { stdio, spec });
    await container.start();
    await container.checkpoint({ path, leaveRunning: true });
    const restored = await create("c2", "", { stdio, spec, checkpoint: path });
    await restored.start();
    await restored.init.writeStdin(Buffer.from("hello"));
    await restored.init.closeStdin();
    assert.equal(await outputOf(restored), "hello");
  });

  it("is one file for its owner alone", async () => {
    await checkpointed("sleep 10");
    assert.deepEqual(readdirSync(path), ["simulated.json"]);
    assert.equal(JSON.parse(readFileSync(join(path, "simulated.json"), "utf8")).version, 1);
  });

  for (const [what, text] of [
    ["of a later version", '{"version":2}'],
    ["cut off", '{"version":1,'],
  ] as const) {
    it(`is refused with invalid-argument when it is ${what}`, async () => {
      writeFileSync(join(path, "simulated.json"), text);
      const error = await rejectsWith("invalid-argument", create("c1", "exit 1", { checkpoint: path }));
      assert.match(error.detail, /has no checkpoint of this runtime/);
    });
  }

  it("rejects to kill the process that is not there yet with failed-precondition", async () => {
    await checkpointed("sleep 10");
    const restored = await create("c2", "exit 1", { checkpoint: path });
    await rejectsWith("failed-precondition", restored.init.kill("SIGTERM"));
    assert.deepEqual(await restored.processes(), []);
  });
});
