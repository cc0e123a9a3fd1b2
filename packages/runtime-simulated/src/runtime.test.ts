import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { type HostEntry, MemoryHost } from "./host.ts";
import { SimulatedRuntime } from "./runtime.ts";
import { requestFor, run } from "./testing/made.ts";
import { version } from "./version.ts";

/** The largest pid that Linux gives (proc(5), pid_max). */
const largestPid = 4_194_304;

/** A host with an entry that cannot be read. */
class DamagedHost extends MemoryHost {
  readonly removed: string[] = [];

  override load(): readonly HostEntry[] {
    const error = new OperationError("data-loss", { type: "container", id: "bad" }, "its record cannot be read");
    return [...super.load(), { namespace: "tests", id: "bad", error }];
  }

  override remove(name: Parameters<MemoryHost["remove"]>[0]): void {
    this.removed.push(name.id);
    super.remove(name);
  }
}

describe("simulated runtime", () => {
  it("says what it is, and that nothing runs", async () => {
    const info = await new SimulatedRuntime(new MemoryHost()).info();
    assert.equal(info.id, "simulated");
    assert.equal(info.version, version);
    assert.match(info.details.get("simulated") ?? "", /nothing runs/);
    assert.match(info.details.get("programs") ?? "", /\bsh\b.*\bcat\b/);
    assert.equal(info.details.get("host"), "memory");
  });

  it("has the version of its package", () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    assert.ok(typeof manifest === "object" && manifest !== null && "version" in manifest);
    assert.equal(manifest.version, version);
  });

  it("gives pids that no process of the host can have, and never one twice, also after it was opened again", async () => {
    const host = new MemoryHost();
    const seen = new Set<number | null>();
    for (let opened = 0; opened < 3; opened += 1) {
      const runtime = new SimulatedRuntime(host);
      for (const id of ["a", "b"]) {
        const container = await run(runtime, ["sleep", "1000"], { id: `${id}${opened}` });
        const { pid } = await container.state();
        assert.ok(pid !== null && pid > largestPid);
        seen.add(pid);
      }
      await runtime.close();
    }
    assert.equal(seen.size, 6);
  });

  it("shows an entry that cannot be read with its error, until its id is used again", async () => {
    const host = new DamagedHost();
    const runtime = new SimulatedRuntime(host);
    const [bad] = await runtime.load();
    assert.ok(bad !== undefined && "error" in bad);
    await runtime.create(requestFor(["true"], { id: "bad" }));
    assert.deepEqual(host.removed, ["bad"]);
    const found = await runtime.load();
    assert.deepEqual(
      found.map((one) => "container" in one),
      [true],
    );
    await runtime.close();
  });

  it("tells of exits that were due while it was closed, when it loads", async () => {
    const host = new MemoryHost();
    const first = new SimulatedRuntime(host);
    await run(first, ["sleep", "0.001"]);
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = new SimulatedRuntime(host);
    const events = second.events();
    await second.load();
    for await (const { containerId, exit } of events) {
      assert.deepEqual([containerId, exit?.status], ["c1", 0]);
      break;
    }
    await second.close();
  });

  it("ends the events when it is closed, and with the reason of a signal", async () => {
    const runtime = new SimulatedRuntime(new MemoryHost());
    const abort = new AbortController();
    const aborted = Array.fromAsync(runtime.events({ signal: abort.signal }));
    const ended = Array.fromAsync(runtime.events());
    const reason = new Error("no longer wanted");
    abort.abort(reason);
    await assert.rejects(aborted, reason);
    await runtime.close();
    assert.deepEqual(await ended, []);
    assert.throws(() => runtime.events(), /closed/);
  });

  it("leaves nothing of a container that cannot be kept", async () => {
    class FullHost extends MemoryHost {
      override save(): void {
        throw new OperationError("resource-exhausted", { type: "runtime", id: "simulated" }, "no room");
      }
    }
    const runtime = new SimulatedRuntime(new FullHost());
    await rejectsWith("resource-exhausted", runtime.create(requestFor(["true"])));
    assert.deepEqual(await runtime.load(), []);
  });
});
