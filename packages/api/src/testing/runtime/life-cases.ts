import assert from "node:assert/strict";
import { OperationError } from "../../errors.ts";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import {
  createContainer,
  eventsUntilExit,
  type RuntimeHarness,
  requestOf,
  runContainer,
  untilPrinted,
} from "./harness.ts";

const sleep = { does: "sleep" } as const;

export const lifeCases: CaseGroup<RuntimeHarness> = {
  "start runs the program": async (harness) => {
    const container = await createContainer(harness, sleep);
    await container.start();
    const { status, pid, exit } = await container.state();
    assert.deepEqual({ status, exit }, { status: "running", exit: null });
    assert.ok(pid !== null && harness.isAlive(pid));
    assert.deepEqual(await container.init.state(), { status, pid, exit });
  },

  "start rejects a running or stopped container with failed-precondition that says where it stands": async (
    harness,
  ) => {
    const container = await runContainer(harness, sleep);
    assert.match((await rejectsWith("failed-precondition", container.start())).message, /running/);
    await container.kill("SIGKILL");
    await container.init.wait();
    assert.match((await rejectsWith("failed-precondition", container.start())).message, /stopped/);
  },

  "start by two callers at once runs the program once": async (harness) => {
    const container = await createContainer(harness, sleep);
    const outcomes = await Promise.allSettled([container.start(), container.start()]);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    assert.equal((await container.state()).status, "running");
  },

  "wait gives the status that the program ended with": async (harness) => {
    for (const status of [0, 1, 7, 126, 255]) {
      const before = Date.now();
      const container = await runContainer(harness, { does: "exit", status }, { id: `status${status}` });
      const exit = await container.init.wait();
      assert.equal(exit.status, status);
      assert.equal(exit.oomKilled, false);
      assert.ok(exit.exitedAt.getTime() >= before - 1000 && exit.exitedAt.getTime() <= Date.now() + 1000);
      assert.deepEqual(await container.state(), { status: "stopped", pid: null, exit });
      assert.deepEqual(await container.init.wait(), exit);
    }
  },

  "wait gives 128 and the number of the signal that ended the program": async (harness) => {
    const container = await runContainer(harness, sleep);
    await container.kill("SIGKILL");
    assert.equal((await container.init.wait()).status, 137);
  },

  "wait for a created container gives every one of many callers the same exit": async (harness) => {
    const container = await createContainer(harness, { does: "exit", status: 9 });
    const waiters = Array.from({ length: 100 }, () => container.init.wait());
    await container.start();
    const exits = await Promise.all(waiters);
    assert.equal(new Set(exits.map(({ status, exitedAt, pid }) => `${status} ${exitedAt.getTime()} ${pid}`)).size, 1);
    assert.equal(exits[0]?.status, 9);
  },

  "wait rejects with the reason of its signal and leaves the program alone": async (harness) => {
    const container = await runContainer(harness, sleep);
    const reason = new Error("no longer wanted");
    const abort = new AbortController();
    const waiting = container.init.wait({ signal: abort.signal });
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    assert.equal((await container.state()).status, "running");
  },

  "kill takes a signal by name, short name and number": async (harness) => {
    const program = { does: "print", stdout: "ready\n", thenSleep: true } as const;
    for (const [index, signal] of ["SIGTERM", "TERM", "sigterm", 15, "15"].entries()) {
      const container = await runContainer(harness, program, { id: `term${index}`, stdio: { kind: "log" } });
      // Before it is ready for it, the signal may have no effect.
      await untilPrinted(container.init, "ready");
      await container.kill(signal);
      assert.equal((await container.init.wait()).status, 143, String(signal));
    }
  },

  "kill resolves although the program ignores the signal": async (harness) => {
    const container = await runContainer(harness, { does: "ignore-term" }, { stdio: { kind: "log" } });
    // A program that is not the first of a pid namespace ends by the signal until it has asked to ignore it.
    await untilPrinted(container.init, "ready");
    await container.kill("SIGTERM");
    assert.equal((await container.state()).status, "running");
    await container.kill("SIGKILL");
    assert.equal((await container.init.wait()).status, 137);
  },

  "kill rejects an unknown signal with invalid-argument": async (harness) => {
    const container = await runContainer(harness, sleep);
    for (const signal of ["SIGNOTHING", "", "9x", 0, -1, 999, 1.5, Number.NaN]) {
      await rejectsWith("invalid-argument", container.kill(signal));
    }
    assert.equal((await container.state()).status, "running");
  },

  "kill ends a created container": async (harness) => {
    const container = await createContainer(harness, sleep);
    await container.kill("SIGKILL");
    await container.init.wait();
    assert.equal((await container.state()).status, "stopped");
  },

  "kill rejects a stopped container with failed-precondition": async (harness) => {
    const container = await runContainer(harness, { does: "exit", status: 0 });
    const exit = await container.init.wait();
    await rejectsWith("failed-precondition", container.kill("SIGKILL"));
    await rejectsWith("failed-precondition", container.kill("SIGTERM", { all: true }));
    assert.deepEqual(await container.init.wait(), exit);
  },

  "kill of all ends every process": async (harness) => {
    const container = await runContainer(harness, sleep);
    await container.kill("SIGKILL", { all: true });
    assert.equal((await container.init.wait()).status, 137);
  },

  "delete removes a created container, which never ran": async (harness) => {
    const container = await createContainer(harness, sleep);
    const { pid } = await container.state();
    const waiting = rejectsWith("not-found", container.init.wait());
    assert.equal(await container.delete(), null);
    await waiting;
    assert.ok(pid === null || !harness.isAlive(pid));
    assert.deepEqual(await harness.leftovers(), []);
  },

  "delete removes a stopped container and gives its exit": async (harness) => {
    const container = await runContainer(harness, { does: "exit", status: 5 });
    const exit = await container.init.wait();
    assert.deepEqual(await container.delete(), exit);
    assert.deepEqual(await harness.runtime.load(), []);
    assert.deepEqual(await harness.leftovers(), []);
  },

  "delete rejects a running container with failed-precondition and leaves it alone": async (harness) => {
    const container = await runContainer(harness, sleep);
    await rejectsWith("failed-precondition", container.delete());
    assert.equal((await container.state()).status, "running");
  },

  "delete with force kills what runs": async (harness) => {
    const container = await runContainer(harness, { does: "ignore-term" });
    const waiting = container.init.wait();
    const exit = await container.delete({ force: true });
    assert.equal(exit?.status, 137);
    assert.deepEqual(await waiting, exit);
    assert.deepEqual(await harness.leftovers(), []);
  },

  "delete frees the id at once": async (harness) => {
    for (const status of [1, 2, 3]) {
      const container = await runContainer(harness, { does: "exit", status });
      assert.equal((await container.init.wait()).status, status);
      await container.delete();
    }
  },

  "every call on a deleted container rejects with not-found": async (harness) => {
    const container = await runContainer(harness, { does: "exit", status: 0 }, { stdio: { kind: "log" } });
    await container.init.wait();
    await container.delete();
    await rejectsWith("not-found", container.delete());
    await rejectsWith("not-found", container.delete({ force: true }));
    await rejectsWith("not-found", container.state());
    await rejectsWith("not-found", container.start());
    await rejectsWith("not-found", container.kill("SIGKILL"));
    await rejectsWith("not-found", container.processes());
    await rejectsWith("not-found", Array.fromAsync(container.init.output()));
  },

  "delete of the init process alone is refused with failed-precondition": async (harness) => {
    const container = await runContainer(harness, { does: "exit", status: 0 });
    await container.init.wait();
    await rejectsWith("failed-precondition", container.init.delete());
  },

  "events tell of each exit once": async (harness, context) => {
    const told = eventsUntilExit(harness, context, "last");
    if (told === null) return;
    for (const [id, status] of [
      ["first", 3],
      ["last", 4],
    ] as const) {
      const container = await runContainer(harness, { does: "exit", status }, { id });
      await container.init.wait();
      await container.delete();
    }
    assert.deepEqual(await told, ["exit suite first first 3", "exit suite last last 4"]);
  },

  "events tell also later of what happened since they were asked for": async (harness, context) => {
    let read = () => {};
    const readAfter = new Promise<void>((resolve) => {
      read = resolve;
    });
    const told = eventsUntilExit(harness, context, { last: "last", readAfter });
    if (told === null) return;
    const [first, last] = [
      await runContainer(harness, { does: "exit", status: 3 }, { id: "first" }),
      await runContainer(harness, { does: "sleep" }, { id: "last" }),
    ];
    await first.init.wait();
    read();
    await last.kill("SIGKILL");
    assert.deepEqual(await told, ["exit suite first first 3", "exit suite last last 137"]);
  },

  "every call on a closed runtime rejects with failed-precondition, and closing again does nothing": async (
    harness,
  ) => {
    const request = await requestOf(harness, sleep);
    const { runtime } = harness;
    await harness.reopen();
    await runtime.close();
    await runtime.close();
    await rejectsWith("failed-precondition", runtime.create(request));
    await rejectsWith("failed-precondition", runtime.load());
  },

  "info tells what the runtime is": async ({ runtime }) => {
    const info = await runtime.info();
    assert.match(info.id, /^[a-z0-9-]+$/);
    assert.notEqual(info.version, "");
    assert.notEqual(info.platform.os, "");
    assert.notEqual(info.platform.architecture, "");
    assert.ok(info.details instanceof Map);
  },

  "errors speak of the container by its own id": async (harness) => {
    const container = await runContainer(harness, sleep, { id: "named" });
    const error = await rejectsWith("failed-precondition", container.start());
    assert.ok(error instanceof OperationError);
    assert.deepEqual(error.subject, { type: "container", id: "named" });
  },
};
