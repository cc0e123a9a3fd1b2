import assert from "node:assert/strict";
import { resourcesToAny } from "../../spec/any.ts";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { asJson, createContainer, type RuntimeHarness, runContainer, whereCapable } from "./harness.ts";

const sleep = { does: "sleep" } as const;

export const resourceCases: CaseGroup<RuntimeHarness> = {
  "pause stops a running container and resume lets it go on": whereCapable("pause", {
    lacks: async (harness) => {
      const container = await runContainer(harness, sleep);
      await rejectsWith("unimplemented", container.pause());
      await rejectsWith("unimplemented", container.resume());
    },
    has: async (harness) => {
      const container = await runContainer(harness, { does: "exit", status: 3, afterMs: 300 });
      const { pid } = await container.state();
      await container.pause();
      assert.deepEqual(await container.state(), { status: "paused", pid, exit: null });
      await container.resume();
      assert.equal((await container.init.wait()).status, 3);
    },
  }),

  "pause and resume reject where they do not fit with failed-precondition": whereCapable("pause", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await createContainer(harness, sleep);
      await rejectsWith("failed-precondition", container.pause());
      await rejectsWith("failed-precondition", container.resume());
      await container.start();
      await rejectsWith("failed-precondition", container.resume());
      await container.pause();
      await rejectsWith("failed-precondition", container.pause());
      await rejectsWith("failed-precondition", container.start());
      await rejectsWith("failed-precondition", container.delete());
      await container.resume();
      await container.kill("SIGKILL");
      await container.init.wait();
      await rejectsWith("failed-precondition", container.pause());
    },
  }),

  "a paused program does not go on": whereCapable("pause", {
    lacks: async () => undefined,
    has: async (harness) => {
      const paused = await runContainer(harness, { does: "exit", status: 3, afterMs: 200 });
      await paused.pause();
      // Another one, which is not paused, tells when the first would have ended.
      const clock = await runContainer(harness, { does: "exit", status: 0, afterMs: 600 }, { id: "clock" });
      await clock.init.wait();
      assert.equal((await paused.state()).status, "paused");
      await paused.resume();
      assert.equal((await paused.init.wait()).status, 3);
    },
  }),

  "kill ends a paused container": whereCapable("pause", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      await container.pause();
      await container.kill("SIGKILL");
      assert.equal((await container.init.wait()).status, 137);
    },
  }),

  "delete with force removes a paused container": whereCapable("pause", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      await container.pause();
      assert.equal((await container.delete({ force: true }))?.status, 137);
      assert.deepEqual(await harness.leftovers(), []);
    },
  }),

  "update changes a limit of a running container": whereCapable("update", {
    lacks: async (harness) => {
      const container = await runContainer(harness, sleep);
      return rejectsWith("unimplemented", container.update(resourcesToAny({ pids: { limit: 10 } })));
    },
    has: async (harness) => {
      const container = await runContainer(harness, sleep);
      const limit = 64 * 1024 * 1024;
      await container.update(resourcesToAny({ memory: { limit } }));
      if (harness.runtime.capabilities.stats) {
        assert.equal((await container.stats()).memory?.limitBytes, BigInt(limit));
      }
      await container.update(asJson("LinuxResources", { memory: { limit: 2 * limit } }));
    },
  }),

  "update rejects what cannot be applied with invalid-argument, and a stopped container with failed-precondition":
    whereCapable("update", {
      lacks: async () => undefined,
      has: async (harness) => {
        const container = await runContainer(harness, sleep);
        await rejectsWith("invalid-argument", container.update(asJson("Spec", {})));
        await rejectsWith("invalid-argument", container.update(asJson("LinuxResources", { memory: 5 })));
        await rejectsWith(
          "invalid-argument",
          container.update(asJson("LinuxResources", { memory: { limit: "much" } })),
        );
        await container.kill("SIGKILL");
        await container.init.wait();
        await rejectsWith("failed-precondition", container.update(resourcesToAny({ pids: { limit: 10 } })));
      },
    }),

  "stats tells what a running container uses, and rejects a stopped one with failed-precondition": whereCapable(
    "stats",
    {
      lacks: async (harness) => rejectsWith("unimplemented", (await runContainer(harness, sleep)).stats()),
      has: async (harness) => {
        const container = await runContainer(harness, sleep);
        const { readAt, ...figures } = await container.stats();
        assert.ok(Math.abs(readAt.getTime() - Date.now()) < 60_000);
        assert.ok(Object.keys(figures).length > 0, "a runtime with stats counts something");
        assert.ok(figures.cpu === undefined || figures.cpu.usageNs > 0n);
        assert.ok(figures.memory === undefined || figures.memory.usageBytes > 0n);
        await container.kill("SIGKILL");
        await container.init.wait();
        await rejectsWith("failed-precondition", container.stats());
      },
    },
  ),
};
