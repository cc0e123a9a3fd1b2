import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { run } from "./run.ts";
import { SystemError } from "./system-error.ts";

const skip = process.platform !== "linux" && "needs Linux";
const env = { PATH: "/usr/bin:/bin" };

for (const method of ["posix", "node"] as const) {
  describe(`run by ${method}`, { skip }, () => {
    const shell = (script: string) => ({ file: "/bin/sh", args: ["-c", script], env, method });

    it("resolves with the status and both outputs, untrimmed", async () => {
      const result = await run(shell("printf ' out \\n'; printf err >&2; exit 3"));
      assert.deepEqual(result, { code: 3, signal: null, stdout: " out \n", stderr: "err", truncated: false });
    });

    it("feeds the input, also if the program does not read it all", async () => {
      assert.equal((await run({ ...shell("cat"), input: "text" })).stdout, "text");
      assert.equal((await run({ ...shell("cat"), input: Buffer.from("bytes") })).stdout, "bytes");
      assert.equal((await run({ ...shell("exit 4"), input: "x".repeat(1_000_000) })).code, 4);
    });

    it("takes all of a large output when there is room", async () => {
      const result = await run({ ...shell("head -c 3000000 /dev/zero"), maxOutputBytes: 4_000_000 });
      assert.deepEqual([result.stdout.length, result.truncated], [3_000_000, false]);
    });

    it("keeps the beginning of an output that is too large, and lets the program end by itself", async () => {
      const result = await run({
        ...shell("echo start; head -c 3000000 /dev/zero; echo end >&2"),
        maxOutputBytes: 100,
      });
      assert.equal(result.code, 0);
      assert.equal(result.stdout.length, 100);
      assert.ok(result.stdout.startsWith("start\n"));
      assert.equal(result.stderr, "end\n");
      assert.equal(result.truncated, true);
    });

    it("kills the program at its deadline and says so", async () => {
      const running = run({ file: "/bin/sleep", args: ["60"], method, timeoutMs: 50 });
      await assert.rejects(running, (error: unknown) => {
        assert.ok(error instanceof SystemError);
        assert.equal(error.errno, "ETIMEDOUT");
        assert.equal(error.message, 'run "/bin/sleep": still running after 50 ms, killed (ETIMEDOUT)');
        return true;
      });
    });

    it("does not wait for a descendant that keeps the output open", async () => {
      const result = await run(shell("sleep 5 & echo started $!"));
      assert.match(result.stdout, /^started \d+\n$/);
      process.kill(Number(result.stdout.slice("started ".length)), "SIGKILL");
    });

    it("rejects with the reason of an abort", async () => {
      const reason = new Error("no longer wanted");
      const controller = new AbortController();
      const running = run({ file: "/bin/sleep", args: ["60"], method, signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(running, reason);
    });

    it("leaves no descriptor open", async () => {
      await run(shell("exit 0"));
      const before = readdirSync("/proc/self/fd").length;
      await Promise.all(Array.from({ length: 20 }, () => run({ ...shell("cat"), input: "x" })));
      await assert.rejects(run({ file: "/bin/sleep", args: ["60"], method, timeoutMs: 1 }));
      await new Promise(setImmediate);
      assert.ok(readdirSync("/proc/self/fd").length <= before);
    });
  });
}
