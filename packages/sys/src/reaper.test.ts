import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { run } from "./run.ts";
import { spawn } from "./spawn.ts";

const skip = process.platform !== "linux" && "needs Linux";

describe("waiting for children", { skip }, () => {
  it("listens for SIGCHLD only while there is a child", async () => {
    assert.equal(process.listenerCount("SIGCHLD"), 0);
    const children = await Promise.all([1, 2, 3].map(() => spawn({ file: "/bin/sleep", args: ["60"] })));
    assert.equal(process.listenerCount("SIGCHLD"), 1);
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.exit));
    assert.equal(process.listenerCount("SIGCHLD"), 0);
  });

  it("stops listening when a start fails", async () => {
    await assert.rejects(spawn({ file: "/no/such/program" }));
    assert.equal(process.listenerCount("SIGCHLD"), 0);
  });

  it("sees a child that ended before anybody could wait for it", async () => {
    for (let round = 0; round < 100; round++) {
      const child = await spawn({ file: "/bin/true" });
      assert.deepEqual(await child.exit, { code: 0, signal: null });
    }
  });

  it("gets the status also in a process that was told to ignore SIGCHLD", async () => {
    const program = `
      import { spawn } from ${JSON.stringify(new URL("./spawn.ts", import.meta.url).href)};
      console.log(JSON.stringify(await (await spawn({ file: "/bin/sh", args: ["-c", "exit 9"] })).exit));
    `;
    const node = [process.execPath, "--conditions=gantry-source", "--input-type=module", "--eval", program];
    const script = 'trap "" CHLD; exec "$@"';
    const { stdout } = await run({ file: "/bin/sh", args: ["-c", script, "sh", ...node], timeoutMs: 60_000 });
    assert.equal(stdout, '{"code":9,"signal":null}\n');
  });

  it("reports both as null where somebody else took the status", async () => {
    const child = await spawn({ file: "/bin/sh", args: ["-c", "read line; exit 3"], stdin: "pipe" });
    const { natively } = await import("./libc.ts");
    const wait = natively("waitpid", (libc) =>
      libc.func<[number, null, number]>("int waitpid(int pid, void *s, int o)"),
    );
    child.stdin?.end("\n");
    await once(child.stdin ?? process, "finish");
    assert.equal(wait()(child.pid, null, 0), child.pid);
    assert.deepEqual(await child.exit, { code: null, signal: null });
  });
});
