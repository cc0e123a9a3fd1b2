import assert from "node:assert/strict";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import {
  eventsUntilExit,
  execProgram,
  type RuntimeHarness,
  runContainer,
  untilPrinted,
  whereCapable,
} from "./harness.ts";

const sleep = { does: "sleep" } as const;
const log = { kind: "log" } as const;

/** That a runtime without exec says so is checked by the cases about exec itself. */
const withExec = (has: Parameters<typeof whereCapable>[1]["has"]) =>
  whereCapable("exec", { lacks: async () => undefined, has });

/** What execs and their container have to do with each other's end. */
export const execEndCases: CaseGroup<RuntimeHarness> = {
  "kill reaches the container's own process alone, and every process with all": withExec(async (harness) => {
    const container = await runContainer(harness, { does: "ignore-term" });
    const program = { does: "print", stdout: "ready\n", thenSleep: true } as const;
    const exec = await execProgram(harness, container, { id: "e1", program, stdio: log });
    await exec.start();
    await untilPrinted(exec, "ready");
    await container.kill("SIGTERM");
    assert.equal((await exec.state()).status, "running");
    await container.kill("SIGTERM", { all: true });
    assert.equal((await exec.wait()).status, 143);
    assert.equal((await container.state()).status, "running");
  }),

  "exec is refused with failed-precondition while the container is paused": withExec(async (harness, context) => {
    if (!harness.runtime.capabilities.pause) {
      context.unimplemented("pause");
      return;
    }
    const container = await runContainer(harness, sleep);
    await container.pause();
    await rejectsWith("failed-precondition", execProgram(harness, container, { id: "e1", program: sleep }));
    assert.deepEqual(container.execs(), []);
  }),

  "wait for an exec that is deleted before it ran rejects with not-found": withExec(async (harness) => {
    const container = await runContainer(harness, sleep);
    const exec = await execProgram(harness, container, { id: "e1", program: sleep });
    const waiting = rejectsWith("not-found", exec.wait());
    await exec.delete();
    await waiting;
  }),

  "delete of a container takes its execs with it": withExec(async (harness) => {
    const container = await runContainer(harness, sleep);
    const running = await execProgram(harness, container, { id: "e1", program: sleep });
    await running.start();
    const prepared = await execProgram(harness, container, { id: "e2", program: sleep });
    const { pid } = await running.state();
    await container.delete({ force: true });
    assert.ok(pid === null || !harness.isAlive(pid));
    for (const exec of [running, prepared]) {
      await rejectsWith("not-found", exec.state());
      await rejectsWith("not-found", exec.start());
    }
  }),

  "events tell of the exit of an exec by its own id": withExec(async (harness, context) => {
    const told = eventsUntilExit(harness, context, "c1");
    if (told === null) return;
    const container = await runContainer(harness, sleep);
    const exec = await execProgram(harness, container, { id: "e1", program: { does: "exit", status: 6 } });
    await exec.start();
    await exec.wait();
    await container.kill("SIGKILL");
    assert.deepEqual(await told, ["exit suite c1 e1 6", "exit suite c1 c1 137"]);
  }),
};
