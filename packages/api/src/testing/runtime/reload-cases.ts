import assert from "node:assert/strict";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import {
  containerIn,
  createContainer,
  execProgram,
  outputOf,
  type RuntimeHarness,
  requestOf,
  runContainer,
  untilPrinted,
  whereCapable,
} from "./harness.ts";

const sleep = { does: "sleep" } as const;
const log = { stdio: { kind: "log" } } as const;

export const reloadCases: CaseGroup<RuntimeHarness> = {
  "load finds nothing where nothing was made": async ({ runtime }) => {
    assert.deepEqual(await runtime.load(), []);
  },

  "load finds a created container, which can still be started": async (harness) => {
    const before = await createContainer(harness, { does: "print", stdout: "late\n" }, log);
    const container = containerIn(await harness.reopen());
    assert.deepEqual(container.info, before.info);
    assert.equal((await container.state()).status, "created");
    await container.start();
    assert.equal((await container.init.wait()).status, 0);
    assert.equal((await outputOf(container.init)).stdout, "late\n");
  },

  "load finds a running container with its pid, its output and its end": async (harness) => {
    const before = await runContainer(harness, { does: "print", stdout: "hello\n", thenSleep: true }, log);
    await untilPrinted(before.init, "hello");
    const { pid } = await before.state();
    const container = containerIn(await harness.reopen());
    assert.deepEqual(await container.state(), { status: "running", pid, exit: null });
    const output = outputOf(container.init);
    await container.kill("SIGKILL");
    assert.equal((await container.init.wait()).status, 137);
    assert.equal((await output).stdout, "hello\n");
  },

  "load finds the exit of a container that ended before": async (harness) => {
    const before = await runContainer(harness, { does: "exit", status: 7 });
    const exit = await before.init.wait();
    const container = containerIn(await harness.reopen());
    assert.deepEqual(await container.state(), { status: "stopped", pid: null, exit });
    assert.deepEqual(await container.init.wait(), exit);
    assert.deepEqual(await container.delete(), exit);
  },

  "load finds the exact exit of a container that ended meanwhile": async (harness) => {
    const before = await runContainer(harness, { does: "exit", status: 42, afterMs: 200 });
    const { pid } = await before.state();
    const container = containerIn(
      await harness.reopen(async () => {
        while (pid !== null && harness.isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
      }),
    );
    const exit = await container.init.wait();
    assert.equal(exit.status, 42);
    assert.deepEqual(await container.state(), { status: "stopped", pid: null, exit });
  },

  "load finds a paused container, which can be resumed": whereCapable("pause", {
    lacks: async () => undefined,
    has: async (harness) => {
      const before = await runContainer(harness, sleep);
      await before.pause();
      const container = containerIn(await harness.reopen());
      assert.equal((await container.state()).status, "paused");
      await container.resume();
      assert.equal((await container.state()).status, "running");
    },
  }),

  "load finds execs that are prepared, running and stopped, in their order": whereCapable("exec", {
    lacks: async () => undefined,
    has: async (harness) => {
      const before = await runContainer(harness, sleep);
      const stopped = await execProgram(harness, before, { id: "stopped", program: { does: "exit", status: 8 } });
      await stopped.start();
      const exit = await stopped.wait();
      const running = await execProgram(harness, before, { id: "running", program: sleep });
      await running.start();
      const { pid } = await running.state();
      await execProgram(harness, before, { id: "prepared", program: { does: "exit", status: 9 } });
      const container = containerIn(await harness.reopen());
      const [first, second, third] = container.execs();
      assert.deepEqual(
        container.execs().map(({ id }) => id),
        ["stopped", "running", "prepared"],
      );
      assert.deepEqual(await first?.state(), { status: "stopped", pid: null, exit });
      assert.deepEqual(await second?.state(), { status: "running", pid, exit: null });
      await second?.kill("SIGKILL");
      assert.equal((await second?.wait())?.status, 137);
      await third?.start();
      assert.equal((await third?.wait())?.status, 9);
    },
  }),

  "stdin survives the one who opened it": whereCapable("stdin", {
    lacks: async () => undefined,
    has: async (harness) => {
      const before = await runContainer(harness, { does: "copy" }, { stdio: { kind: "log", stdin: true } });
      await before.init.writeStdin(new TextEncoder().encode("before\n"));
      await untilPrinted(before.init, "before");
      const container = containerIn(await harness.reopen());
      await container.init.writeStdin(new TextEncoder().encode("after\n"));
      await container.init.closeStdin();
      assert.equal((await container.init.wait()).status, 0);
      assert.equal((await outputOf(container.init)).stdout, "before\nafter\n");
    },
  }),

  "load finds many containers in many states, and every one as it is": async (harness) => {
    await createContainer(harness, sleep, { id: "created" });
    await runContainer(harness, sleep, { id: "running" });
    const stopped = await runContainer(harness, { does: "exit", status: 1 }, { id: "stopped" });
    await stopped.init.wait();
    const deleted = await createContainer(harness, sleep, { id: "deleted" });
    await deleted.delete();
    const found = await harness.reopen();
    const states = await Promise.all(
      ["created", "running", "stopped"].map(async (id) => (await containerIn(found, id).state()).status),
    );
    assert.deepEqual(states, ["created", "running", "stopped"]);
    assert.equal(found.length, 3);
    assert.equal((await harness.runtime.load()).length, 3);
  },

  "an id stays in use after load": async (harness) => {
    await createContainer(harness, sleep);
    await harness.reopen();
    await rejectsWith("already-exists", harness.runtime.create(await requestOf(harness, sleep)));
  },

  "containers go on when the runtime is closed": async (harness) => {
    const before = await runContainer(harness, sleep);
    const waiting = rejectsWith("failed-precondition", before.init.wait());
    const { pid } = await before.state();
    await harness.runtime.close();
    await waiting;
    assert.ok(pid !== null && harness.isAlive(pid));
    assert.equal((await containerIn(await harness.reopen()).state()).status, "running");
  },
};
