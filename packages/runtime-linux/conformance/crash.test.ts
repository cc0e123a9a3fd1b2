import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Runtime } from "@gantry/api";
import { closeAndDelete, leftoversOf, makeBase, noContainers, openLinuxRuntime } from "./linux-harness.ts";

const script = fileURLToPath(new URL("./creating-process.ts", import.meta.url));

/** How often, and how long after a step began, a process is killed in the midst of its work. */
const kills: readonly { readonly step: string; readonly afterMs: number; readonly mode?: string }[] = [
  ...[0, 2, 5, 10, 20, 40, 60].map((afterMs) => ({ step: "create", afterMs })),
  // The mounts of a user namespace are made in many steps, most of which take less than a millisecond.
  ...[1, 4, 7, 10, 13, 16, 20, 25, 40].map((afterMs) => ({ step: "create", afterMs, mode: "churn-mapped" })),
  ...[0, 5, 15].map((afterMs) => ({ step: "start", afterMs })),
  ...[0, 5, 20, 50].map((afterMs) => ({ step: "exec", afterMs })),
  ...[0, 5, 10, 20, 30].map((afterMs) => ({ step: "delete", afterMs })),
];

describe("runtime: linux after SIGKILL of the process that has it open", { skip: noContainers }, () => {
  let base = "";
  before(() => {
    base = makeBase();
    // As the daemon's directories are: with a user namespace root of the container has to pass.
    chmodSync(base, 0o711);
  });
  after(() => {
    rmSync(base, { recursive: true, force: true });
  });

  it("keeps a running container with its pid, its input and its exit status", async () => {
    const child = startChild(base, "hold");
    const pid = Number(await nextLine(child));
    await kill(child);

    await using opened = await reopen(base);
    const { runtime } = opened;
    const [found] = await runtime.load();
    assert.ok(found !== undefined && "container" in found);
    const { container } = found;
    assert.deepEqual(await container.state(), { status: "running", pid, exit: null });
    await container.init.writeStdin(new TextEncoder().encode("go on\n"));
    const exit = await container.init.wait();
    assert.deepEqual({ pid: exit.pid, status: exit.status }, { pid, status: 7 });
    const frames = await Array.fromAsync(container.init.output());
    assert.equal(Buffer.concat(frames.map(({ data }) => data)).toString(), "before\n");
    await container.delete();
    assert.deepEqual(await leftoversOf(base), []);
  });

  for (const { step, afterMs, mode = "churn" } of kills) {
    const title = `leaves whole containers or nothing when it happens ${afterMs} ms into ${step}`;
    it(mode === "churn" ? title : `${title}, with a user namespace`, async () => {
      const child = startChild(base, mode);
      for (let line = await nextLine(child); line !== step; ) line = await nextLine(child);
      await delay(afterMs);
      await kill(child);

      await using opened = await reopen(base);
      for (const found of await opened.runtime.load()) {
        if ("error" in found) throw found.error;
        const { status } = await found.container.state();
        assert.ok(["created", "running", "stopped"].includes(status), status);
        if (status === "created") await found.container.start();
        await found.container.delete({ force: true });
      }
      assert.deepEqual(await leftoversOf(base), []);
    });
  }
});

/** Opens the runtime; at the end of the block, also of a failed one, nothing of it is left. */
async function reopen(base: string): Promise<AsyncDisposable & { readonly runtime: Runtime }> {
  const runtime = await openLinuxRuntime(base);
  return { runtime, [Symbol.asyncDispose]: () => closeAndDelete(runtime) };
}

interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function startChild(base: string, mode: string): Child {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, ["--conditions=gantry-source", script, base, mode], { stdio: [...stdio] });
  return { process: child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function nextLine(child: Child): Promise<string> {
  const { value, done } = await child.lines.next();
  assert.ok(!done, "the process ended by itself");
  return value;
}

async function kill({ process: child }: Child): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
