import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "../../container.ts";
import { resourcesToAny } from "../../spec/any.ts";
import { rejectsWith } from "../assertions.ts";
import type { CaseContext, CaseGroup } from "../suite.ts";
import {
  containerIn,
  createContainer,
  eventsUntilExit,
  execProgram,
  outputOf,
  type RuntimeHarness,
  requestOf,
  runContainer,
  type TestContainer,
  type TestProgram,
  untilPrinted,
  whereCapable,
} from "./harness.ts";

const sleep = { does: "sleep" } as const;
/** Prints once, when it begins: one that goes on prints nothing more. */
const once = { does: "print", stdout: "once\n", thenSleep: true } as const;
const log = { kind: "log" } as const;

export const checkpointCases: CaseGroup<RuntimeHarness> = {
  "checkpoint is there or says what is missing": whereCapable("checkpoint", {
    lacks: async (harness) => {
      const container = await runContainer(harness, sleep);
      const error = await rejectsWith("unimplemented", container.checkpoint({ path: "/nowhere" }));
      assert.ok(error.detail.length > 10, error.detail);
    },
    has: async (harness) => {
      const container = await createContainer(harness, sleep);
      await rejectsWith("failed-precondition", container.checkpoint({ path: "/nowhere" }));
    },
  }),

  "create with a checkpoint is there or says what is missing, and makes nothing": whereCapable("checkpoint", {
    lacks: async (harness) => {
      const request = { ...(await requestOf(harness, sleep)), checkpoint: tmpdir() };
      const error = await rejectsWith("unimplemented", harness.runtime.create(request));
      assert.ok(error.detail.length > 10, error.detail);
      assert.deepEqual(await harness.leftovers(), []);
    },
    has: withImages(async (harness, path) => {
      await (await runContainer(harness, sleep)).checkpoint({ path });
      assert.notDeepEqual(await readdir(path), []);
      const restored = await restoredFrom(harness, path);
      assert.deepEqual(await restored.state(), { status: "created", pid: null, exit: null });
    }),
  }),

  "checkpoint stops a container, and its processes go on in another one": whereCheckpoints(async (harness, path) => {
    const container = await runContainer(harness, once, { stdio: log });
    await untilPrinted(container.init, "once");
    await container.checkpoint({ path });
    const exit = await container.init.wait();
    assert.deepEqual(await container.state(), { status: "stopped", pid: null, exit });
    assert.deepEqual(await container.delete(), exit);
    const restored = await restoredFrom(harness, path, { id: "c1", program: once, stdio: log });
    await restored.start();
    const { status, pid } = await restored.state();
    assert.equal(status, "running");
    assert.ok(pid !== null && harness.isAlive(pid));
    await restored.kill("SIGTERM");
    assert.equal((await restored.init.wait()).status, 143);
    assert.deepEqual(await outputOf(restored.init), { stdout: "", stderr: "" });
  }),

  "checkpoint with leaveRunning lets the container go on": whereCheckpoints(async (harness, path) => {
    const program = { does: "exit", status: 3, afterMs: 1_000 } as const;
    const container = await runContainer(harness, program);
    const before = await container.state();
    await container.checkpoint({ path, leaveRunning: true });
    assert.deepEqual(await container.state(), before);
    const restored = await restoredFrom(harness, path, { program });
    await restored.start();
    assert.equal((await container.init.wait()).status, 3);
    assert.equal((await restored.init.wait()).status, 3);
  }),

  "one checkpoint can be restored many times, also at once": whereCheckpoints(async (harness, path) => {
    const container = await runContainer(harness, once, { stdio: log });
    await untilPrinted(container.init, "once");
    await container.checkpoint({ path });
    const options = { program: once, stdio: log };
    const restored = await Promise.all(["c2", "c3"].map((id) => restoredFrom(harness, path, { ...options, id })));
    await Promise.all(restored.map((one) => one.start()));
    for (const one of restored) {
      assert.equal((await one.state()).status, "running");
      await one.kill("SIGTERM");
      assert.deepEqual(await outputOf(one.init), { stdout: "", stderr: "" });
    }
  }),

  "a container to be restored has nothing that runs until it is started, and can be deleted": whereCheckpoints(
    async (harness, path) => {
      await (await runContainer(harness, sleep)).checkpoint({ path });
      const restored = await restoredFrom(harness, path);
      await rejectsWith("failed-precondition", restored.kill("SIGKILL"));
      await rejectsWith("failed-precondition", restored.kill("SIGKILL", { all: true }));
      await rejectsWith("failed-precondition", restored.checkpoint({ path }));
      if (harness.runtime.capabilities.update) {
        await rejectsWith("failed-precondition", restored.update(resourcesToAny({ pids: { limit: 10 } })));
      }
      assert.deepEqual(await restored.processes(), []);
      assert.equal(await restored.delete(), null);
      await rejectsWith("not-found", restored.state());
    },
  ),

  "exec works in a restored container": whereCheckpoints(async (harness, path) => {
    await (await runContainer(harness, sleep)).checkpoint({ path });
    const restored = await restoredFrom(harness, path);
    await restored.start();
    const exec = await execProgram(harness, restored, { id: "e1", program: { does: "exit", status: 5 } });
    await exec.start();
    assert.equal((await exec.wait()).status, 5);
    await rejectsWith("failed-precondition", restored.start());
  }),

  "the end of a restored container is told, once": whereCheckpoints(async (harness, path, context) => {
    await (await runContainer(harness, sleep)).checkpoint({ path });
    const restored = await restoredFrom(harness, path);
    const events = eventsUntilExit(harness, context, "c2");
    await restored.start();
    await restored.kill("SIGKILL");
    assert.equal((await restored.init.wait()).status, 137);
    if (events !== null) assert.deepEqual(await events, ["exit suite c2 c2 137"]);
  }),

  "load finds a container to be restored, which can be started, and a restored one, which runs on": whereCheckpoints(
    async (harness, path) => {
      const container = await runContainer(harness, once, { stdio: log });
      await untilPrinted(container.init, "once");
      await container.checkpoint({ path });
      await restoredFrom(harness, path, { id: "c2", program: once, stdio: log });
      const running = await restoredFrom(harness, path, { id: "c3", program: once, stdio: log });
      await running.start();
      const before = await running.state();
      const found = await harness.reopen();
      assert.equal((await containerIn(found, "c1").state()).status, "stopped");
      assert.deepEqual(await containerIn(found, "c3").state(), before);
      assert.deepEqual(await containerIn(found, "c2").state(), { status: "created", pid: null, exit: null });
      await containerIn(found, "c2").start();
      for (const id of ["c2", "c3"]) {
        await containerIn(found, id).kill("SIGTERM");
        assert.equal((await containerIn(found, id).init.wait()).status, 143);
      }
    },
  ),

  "checkpoint rejects a path that is no empty directory, and the container goes on": whereCheckpoints(
    async (harness, path) => {
      const container = await runContainer(harness, sleep);
      const before = await container.state();
      const file = join(path, "file");
      await writeFile(file, "kept");
      await rejectsWith("invalid-argument", container.checkpoint({ path: "relative" }));
      await rejectsWith("invalid-argument", container.checkpoint({ path: file }));
      await rejectsWith("not-found", container.checkpoint({ path: join(path, "nothing") }));
      await rejectsWith("failed-precondition", container.checkpoint({ path }));
      assert.deepEqual(await readdir(path), ["file"]);
      assert.deepEqual(await container.state(), before);
      await mkdir(join(path, "empty"));
      await container.checkpoint({ path: join(path, "empty") });
    },
  ),

  "create rejects a checkpoint that is none, and makes nothing": whereCheckpoints(async (harness, path) => {
    const file = join(path, "file");
    await writeFile(file, "");
    await rejectsWith("invalid-argument", restoredFrom(harness, "relative"));
    await rejectsWith("invalid-argument", restoredFrom(harness, path));
    await rejectsWith("invalid-argument", restoredFrom(harness, file));
    await rejectsWith("not-found", restoredFrom(harness, join(path, "nothing")));
    assert.deepEqual(await harness.leftovers(), []);
  }),

  "start of a checkpoint that is gone fails, and can be tried again": whereCheckpoints(async (harness, path) => {
    await (await runContainer(harness, sleep)).checkpoint({ path: await madeDirectory(join(path, "images")) });
    const restored = await restoredFrom(harness, join(path, "images"));
    const elsewhere = join(path, "elsewhere");
    await rename(join(path, "images"), elsewhere);
    await rejectsWith("not-found", restored.start());
    assert.deepEqual(await restored.state(), { status: "created", pid: null, exit: null });
    await rename(elsewhere, join(path, "images"));
    await restored.start();
    assert.equal((await restored.state()).status, "running");
  }),

  "checkpoint rejects a container with a running exec with failed-precondition": whereCheckpoints(
    async (harness, path) => {
      if (!harness.runtime.capabilities.exec) return;
      const container = await runContainer(harness, sleep);
      const exec = await execProgram(harness, container, { id: "e1", program: sleep });
      await exec.start();
      const error = await rejectsWith("failed-precondition", container.checkpoint({ path }));
      assert.match(error.detail, /e1/);
      assert.deepEqual(await readdir(path), []);
      await exec.kill("SIGKILL");
      await exec.wait();
      await container.checkpoint({ path });
    },
  ),

  "checkpoint of a container with a terminal works, or says why not and lets it go on": whereCheckpoints(
    async (harness, path) => {
      if (!harness.runtime.capabilities.terminal) return;
      const container = await runContainer(harness, sleep, { terminal: true, stdio: log });
      const refused = await container.checkpoint({ path }).then(
        () => null,
        (error: unknown) => rejectsWith("unimplemented", Promise.reject(error)),
      );
      if (refused === null) return;
      assert.match(refused.detail, /terminal/);
      assert.deepEqual(await readdir(path), []);
      assert.equal((await container.state()).status, "running");
    },
  ),
};

/** A case that needs checkpoints, and a directory for one. */
function whereCheckpoints(has: (harness: RuntimeHarness, path: string, context: CaseContext) => Promise<void>) {
  return whereCapable("checkpoint", { lacks: async () => undefined, has: withImages(has) });
}

/** Gives `body` an empty directory, which is removed after it. */
function withImages(body: (harness: RuntimeHarness, path: string, context: CaseContext) => Promise<void>) {
  return async (harness: RuntimeHarness, context: CaseContext): Promise<void> => {
    const path = await mkdtemp(join(tmpdir(), "gantry-images-"));
    try {
      await body(harness, path, context);
    } finally {
      await rm(path, { recursive: true });
    }
  };
}

async function madeDirectory(path: string): Promise<string> {
  await mkdir(path);
  return path;
}

/** Creates a container out of the checkpoint at `path`, in all else as the one that it is of. */
async function restoredFrom(
  harness: RuntimeHarness,
  path: string,
  options: TestContainer & { readonly program?: TestProgram } = {},
): Promise<Container> {
  const { program = sleep, ...container } = options;
  const request = await requestOf(harness, program, { id: "c2", ...container });
  return harness.runtime.create({ ...request, checkpoint: path });
}
