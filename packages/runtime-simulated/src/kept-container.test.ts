import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError, type RuntimeEvent } from "@gantry/api";
import { MemoryHost } from "./host.ts";
import { KeptContainer, type RuntimeContext } from "./kept-container.ts";
import { containerRecord, processRecord } from "./testing/made.ts";

/** A host whose next saves fail as long as it is told to. */
class FailingHost extends MemoryHost {
  fails = false;
  saves = 0;

  override save(...args: Parameters<MemoryHost["save"]>): void {
    if (this.fails) throw new OperationError("resource-exhausted", { type: "runtime", id: "simulated" }, "no room");
    this.saves += 1;
    super.save(...args);
  }
}

function keep(args: readonly string[]) {
  const host = new FailingHost();
  const events: RuntimeEvent[] = [];
  const warnings: string[] = [];
  const context: RuntimeContext = {
    host,
    emit: (event) => events.push(event),
    forget: () => undefined,
    nextPid: () => 6_000_000,
    warn: (message) => warnings.push(message),
  };
  const record = containerRecord(processRecord(args));
  return { kept: new KeptContainer(context, { record, output: new Map() }), host, events, warnings };
}

const over = new OperationError("failed-precondition", { type: "runtime", id: "simulated" }, "the runtime is closed");

describe("kept container", () => {
  it("is on the host after each change, and not written where nothing has changed", () => {
    const { kept, host } = keep(["sleep", "1000"]);
    kept.act(() => undefined);
    assert.equal(host.saves, 1);
    kept.state(kept.init);
    kept.act(() => undefined);
    assert.equal(host.saves, 1);
    kept.act((now) => kept.simulation.start(kept.init, now));
    assert.equal(host.saves, 2);
    kept.close(over);
  });

  it("is kept also where a call is refused in the middle", () => {
    const { kept, host } = keep(["true"]);
    const refused = new Error("refused");
    assert.throws(
      () =>
        kept.act(() => {
          kept.record.isPaused = true;
          throw refused;
        }),
      refused,
    );
    const [entry] = host.load();
    assert.ok(entry !== undefined && "record" in entry && entry.record.isPaused);
  });

  it("tells of an end after it is kept, once", () => {
    const { kept, events } = keep(["false"]);
    kept.act((now) => kept.simulation.start(kept.init, now));
    kept.act(() => undefined);
    assert.deepEqual(
      events.map(({ type, containerId, processId, exit }) => [type, containerId, processId, exit?.status]),
      [["exit", "c1", "c1", 1]],
    );
  });

  it("goes on by itself, and wakes those who wait", async () => {
    const { kept } = keep(["sleep", "0.02"]);
    kept.act((now) => kept.simulation.start(kept.init, now));
    const exit = await kept.changes.until(() => kept.init.exit ?? undefined);
    assert.equal(exit.status, 0);
  });

  it("shows output only once it is kept, and keeps it for the next time where it cannot be", () => {
    const { kept, host } = keep(["echo", "x"]);
    host.fails = true;
    assert.throws(() => kept.act((now) => kept.simulation.start(kept.init, now)), /no room/);
    assert.equal(kept.outputOf(kept.init).length, 0);
    host.fails = false;
    kept.act(() => undefined);
    assert.equal(kept.outputOf(kept.init).length, 1);
  });

  it("warns where it cannot be kept when it goes on by itself", async () => {
    const { kept, host, warnings } = keep(["sleep", "0.02"]);
    kept.act((now) => kept.simulation.start(kept.init, now));
    host.fails = true;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.match(warnings.join(), /container tests\/c1 is not kept: .*no room/);
    host.fails = false;
    assert.equal(kept.state(kept.init).status, "stopped");
  });

  it("can do nothing once it is closed, and those who wait learn it", async () => {
    const { kept } = keep(["sleep", "0.01"]);
    kept.act((now) => kept.simulation.start(kept.init, now));
    const waiting = kept.changes.until(() => kept.check());
    kept.close(over);
    await assert.rejects(waiting, over);
    assert.throws(() => kept.act(() => undefined), over);
  });

  it("is gone from the host when it is removed", () => {
    const { kept, host } = keep(["true"]);
    kept.act(() => undefined);
    kept.remove();
    assert.deepEqual(host.load(), []);
    assert.throws(() => kept.check(), /was deleted/);
  });
});
