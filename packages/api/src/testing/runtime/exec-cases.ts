import assert from "node:assert/strict";
import { processToAny } from "../../spec/any.ts";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import {
  asJson,
  createContainer,
  execProgram,
  outputOf,
  type RuntimeHarness,
  runContainer,
  whereCapable,
} from "./harness.ts";

const sleep = { does: "sleep" } as const;

/** Asserts that a runtime without exec says so. */
async function lacks(harness: RuntimeHarness): Promise<unknown> {
  const container = await runContainer(harness, sleep);
  return rejectsWith("unimplemented", execProgram(harness, container, { id: "e1", program: sleep }));
}

export const execCases: CaseGroup<RuntimeHarness> = {
  "exec runs another program with an id, status and output of its own": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, {
        id: "e1",
        program: { does: "print", stdout: "one\n", stderr: "two\n" },
        stdio: { kind: "log" },
      });
      assert.deepEqual(await exec.state(), { status: "created", pid: null, exit: null });
      await exec.start();
      assert.equal((await exec.wait()).status, 0);
      assert.deepEqual(await outputOf(exec), { stdout: "one\n", stderr: "two\n" });
      assert.equal((await exec.state()).status, "stopped");
      assert.equal((await container.state()).status, "running");
    },
  }),

  "exec takes a process as a message and as bare JSON": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const process = harness.process({ does: "exit", status: 6 });
      for (const [index, form] of [processToAny(process), asJson("Process", process)].entries()) {
        const exec = await container.exec({ id: `form${index}`, process: form, stdio: { kind: "none" } });
        await exec.start();
        assert.equal((await exec.wait()).status, 6, form.typeUrl);
      }
    },
  }),

  "exec rejects a process of unknown type, or without a program, with invalid-argument": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const stdio = { kind: "none" } as const;
      for (const process of [
        asJson("Spec", harness.spec(sleep)),
        asJson("Process", {}),
        asJson("Process", { args: [] }),
      ]) {
        await rejectsWith("invalid-argument", container.exec({ id: "e1", process, stdio }));
      }
      for (const id of ["", "../x", "a/b", "a".repeat(77)]) {
        await rejectsWith("invalid-argument", execProgram(harness, container, { id, program: sleep }));
      }
      assert.deepEqual(container.execs(), []);
    },
  }),

  "exec gives the process what it leaves out from the container's own": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep, { env: ["FROM_CONTAINER=yes"] });
      const stdio = { kind: "log" } as const;
      const inherits = await execProgram(harness, container, {
        id: "e1",
        program: { does: "print-env", name: "FROM_CONTAINER" },
        stdio,
      });
      const own = await execProgram(harness, container, {
        id: "e2",
        program: { does: "print-env", name: "OWN" },
        stdio,
        env: ["OWN=mine"],
      });
      await Promise.all([inherits.start(), own.start()]);
      assert.equal((await outputOf(inherits)).stdout, "yes\n");
      assert.equal((await outputOf(own)).stdout, "mine\n");
    },
  }),

  "exec is refused with failed-precondition unless the container runs": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await createContainer(harness, { does: "exit", status: 0 });
      await rejectsWith("failed-precondition", execProgram(harness, container, { id: "e1", program: sleep }));
      await container.start();
      await container.init.wait();
      await rejectsWith("failed-precondition", execProgram(harness, container, { id: "e1", program: sleep }));
    },
  }),

  "exec rejects an id in use with already-exists until it is deleted": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const program = { does: "exit", status: 1 } as const;
      const exec = await execProgram(harness, container, { id: "e1", program });
      await rejectsWith("already-exists", execProgram(harness, container, { id: "e1", program }));
      await exec.start();
      const exit = await exec.wait();
      await rejectsWith("already-exists", execProgram(harness, container, { id: "e1", program }));
      assert.deepEqual(await exec.delete(), exit);
      await rejectsWith("not-found", exec.delete());
      await rejectsWith("not-found", exec.state());
      assert.equal(await (await execProgram(harness, container, { id: "e1", program })).delete(), null);
    },
  }),

  "execs gives them in the order they were made": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      for (const id of ["z", "a", "m"]) await execProgram(harness, container, { id, program: sleep });
      assert.deepEqual(
        container.execs().map(({ id }) => id),
        ["z", "a", "m"],
      );
    },
  }),

  "several execs run at once and end by themselves": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const statuses = [11, 12, 13, 14];
      const execs = await Promise.all(
        statuses.map((status) =>
          execProgram(harness, container, { id: `e${status}`, program: { does: "exit", status, afterMs: 50 } }),
        ),
      );
      await Promise.all(execs.map((exec) => exec.start()));
      const exits = await Promise.all(execs.map((exec) => exec.wait()));
      assert.deepEqual(
        exits.map(({ status }) => status),
        statuses,
      );
      assert.equal((await container.state()).status, "running");
    },
  }),

  "start of an exec rejects a program that does not exist with not-found, and it can be deleted": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, { id: "e1", program: { does: "not-exist" } });
      await rejectsWith("not-found", exec.start());
      await exec.delete();
      assert.deepEqual(container.execs(), []);
      assert.equal((await container.state()).status, "running");
    },
  }),

  "kill of an exec ends it alone; a running one cannot be started or deleted": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, { id: "e1", program: { does: "ignore-term" } });
      await exec.start();
      await rejectsWith("failed-precondition", exec.start());
      await rejectsWith("failed-precondition", exec.delete());
      await rejectsWith("invalid-argument", exec.kill("SIGNOTHING"));
      await exec.kill("SIGKILL");
      assert.equal((await exec.wait()).status, 137);
      await rejectsWith("failed-precondition", exec.kill("SIGKILL"));
      assert.equal((await container.state()).status, "running");
    },
  }),

  "the end of the container is the end of its execs": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, { id: "e1", program: sleep });
      await exec.start();
      const { pid } = await exec.state();
      await container.kill("SIGKILL");
      await container.init.wait();
      assert.equal((await exec.wait()).status, 137);
      assert.ok(pid === null || !harness.isAlive(pid));
    },
  }),

  "processes lists init and execs by their ids": whereCapable("exec", {
    lacks,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, { id: "e1", program: sleep });
      await exec.start();
      const [init, added] = [await container.state(), await exec.state()];
      const listed = await container.processes();
      assert.equal(listed.find(({ id }) => id === "c1")?.pid, init.pid);
      assert.equal(listed.find(({ id }) => id === "e1")?.pid, added.pid);
      await container.kill("SIGKILL");
      await container.init.wait();
      await rejectsWith("failed-precondition", container.processes());
    },
  }),
};
