import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { run } from "./run.ts";
import { spawn } from "./spawn.ts";
import type { SpawnOptions } from "./spawn-options.ts";
import { SystemError } from "./system-error.ts";
import { testDirectory } from "./testing/directory.ts";

const skip = process.platform !== "linux" && "needs Linux";

/** Runs a script of sh(1), with nothing but a PATH unless told otherwise. */
function shell(script: string, more: Partial<SpawnOptions> = {}): SpawnOptions {
  return { file: "/bin/sh", args: ["-c", script], env: { PATH: "/usr/bin:/bin" }, ...more };
}

async function outputOf(stream: Readable | null): Promise<string> {
  assert.ok(stream);
  return text(stream);
}

function zombies(): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const fields = statFields(pid);
      return fields[0] === "Z" && fields[1] === String(process.pid);
    }).length;
}

/** State, parent and so on of a process; empty if it is gone. */
function statFields(pid: string): readonly string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

for (const method of ["posix", "node"] as const) {
  describe(`spawn by ${method}`, { skip }, () => {
    const root = testDirectory();
    const start = (options: SpawnOptions) => spawn({ ...options, method });

    it("reports exit codes", async () => {
      for (const code of [0, 1, 7, 255]) {
        const child = await start(shell(`exit ${code}`));
        assert.deepEqual(await child.exit, { code, signal: null });
      }
    });

    it("reports the signal that ended a child", async () => {
      for (const signal of ["SIGTERM", "SIGKILL", "SIGSEGV"] as const) {
        const child = await start({ file: "/bin/sleep", args: ["60"] });
        assert.equal(child.kill(signal), true);
        assert.deepEqual(await child.exit, { code: null, signal });
        assert.equal(child.kill(signal), false);
      }
    });

    it("collects 200 children at once and leaves no zombie and no descriptor", async () => {
      // The first start opens what Node keeps for good.
      await (await start(shell("exit 0", { stdout: "pipe" }))).exit;
      const before = readdirSync("/proc/self/fd").length;
      const children = await Promise.all(Array.from({ length: 200 }, (_, index) => start(shell(`exit ${index}`))));
      const codes = (await Promise.all(children.map((child) => child.exit))).map((status) => status.code);
      assert.deepEqual(
        codes,
        Array.from({ length: 200 }, (_, index) => index),
      );
      assert.equal(new Set(children.map((child) => child.pid)).size, 200);
      assert.equal(zombies(), 0);
      assert.ok(readdirSync("/proc/self/fd").length <= before);
    });

    it("leaves the children of node:child_process to Node", async () => {
      const ours = Array.from({ length: 10 }, () => start(shell("exit 3")));
      assert.equal(spawnSync("/bin/sh", ["-c", "exit 5"]).status, 5);
      for (const child of await Promise.all(ours)) assert.equal((await child.exit).code, 3);
    });

    it("passes exactly the given environment and arguments", async () => {
      const child = await start({ file: "/usr/bin/env", env: { A: "1", EMPTY: "", U: "ü =x" }, stdout: "pipe" });
      assert.equal(await outputOf(child.stdout), "A=1\nEMPTY=\nU=ü =x\n");
      const args = await start({ file: "/usr/bin/printf", args: ["%s|", "a b", "", "*", "ü"], stdout: "pipe" });
      assert.equal(await outputOf(args.stdout), "a b||*|ü|");
      await Promise.all([child.exit, args.exit]);
    });

    it("starts in the given directory, and in ours by default", async () => {
      const place = join(root, `cwd-${method}`);
      mkdirSync(place);
      const there = await start(shell("pwd", { cwd: place, stdout: "pipe" }));
      assert.equal(await outputOf(there.stdout), `${place}\n`);
      const here = await start(shell("pwd -P", { stdout: "pipe" }));
      assert.equal(await outputOf(here.stdout), `${realpathSync(process.cwd())}\n`);
      await Promise.all([there.exit, here.exit]);
    });

    it("looks a name up in the PATH of the child, not in ours", async () => {
      const bin = join(root, `bin-${method}`);
      mkdirSync(bin);
      writeFileSync(join(bin, "tool"), "#!/bin/sh\necho found\n", { mode: 0o755 });
      const child = await start({ file: "tool", env: { PATH: `/no/such/place:${bin}` }, stdout: "pipe" });
      assert.equal(await outputOf(child.stdout), "found\n");
      await child.exit;
      await assert.rejects(start({ file: "sh" }), {
        errno: "ENOENT",
        message: 'start "sh": no such program in PATH (ENOENT)',
      });
    });

    it("names the program, or the directory, that is missing", async () => {
      await assert.rejects(start({ file: "/no/such/program" }), (error: unknown) => {
        assert.ok(error instanceof SystemError);
        assert.equal(error.message, 'start "/no/such/program": no such file or directory (ENOENT)');
        assert.equal(error.path, "/no/such/program");
        return true;
      });
      await assert.rejects(start(shell("", { cwd: "/no/such/directory" })), {
        message: 'start "/bin/sh": working directory "/no/such/directory" is missing (ENOENT)',
      });
      await assert.rejects(start({ file: "/etc/passwd" }), { errno: "EACCES" });
    });

    it("leaves no descriptor after a start that failed", async () => {
      const before = readdirSync("/proc/self/fd").length;
      await assert.rejects(start({ file: "/no/such/program", stdin: "pipe", stdout: "pipe", stderr: "pipe" }));
      // Node closes the ends of its pipes one turn later.
      await new Promise(setImmediate);
      assert.ok(readdirSync("/proc/self/fd").length <= before);
    });

    it("connects pipes in both directions", async () => {
      const child = await start(shell("cat; echo done >&2", { stdin: "pipe", stdout: "pipe", stderr: "pipe" }));
      child.stdin?.end("through");
      assert.deepEqual(await Promise.all([outputOf(child.stdout), outputOf(child.stderr)]), ["through", "done\n"]);
      await child.exit;
    });

    it("gives /dev/null where nothing is asked for", async () => {
      const out = join(root, `null-${method}`);
      const script = `readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 | cat >${out}`;
      assert.equal((await (await start(shell(script))).exit).code, 0);
      assert.equal(readFileSync(out, "utf8"), "/dev/null\n/dev/null\n/dev/null\n");
    });

    it("passes extra descriptors on as 3 and 4 and lets nothing else through", async () => {
      const path = (name: string) => join(root, `${name}-${method}`);
      const [first, second, other] = ["first", "second", "other"].map((name) => openSync(path(name), "w"));
      assert.ok(first !== undefined && second !== undefined && other !== undefined);
      const script = "echo one >&3; echo two >&4; ls /proc/self/fd | grep -v '^5$'";
      const child = await start(shell(script, { extraFds: [second, first], stdout: "pipe" }));
      // ls opens the directory itself, as the lowest free descriptor.
      assert.deepEqual((await outputOf(child.stdout)).split("\n").filter(Boolean), ["0", "1", "2", "3", "4"]);
      await child.exit;
      assert.equal(readFileSync(path("second"), "utf8"), "one\n");
      assert.equal(readFileSync(path("first"), "utf8"), "two\n");
      for (const fd of [first, second, other]) closeSync(fd);
    });

    it("exchanges standard output and standard error", async () => {
      const program = `
        import { spawn } from ${JSON.stringify(new URL("./spawn.ts", import.meta.url).href)};
        const args = ["-c", "echo to output; echo to error >&2"];
        await (await spawn({ file: "/bin/sh", args, stdout: 2, stderr: 1, method: ${JSON.stringify(method)} })).exit;
      `;
      const args = ["--conditions=gantry-source", "--input-type=module", "--eval", program];
      const { stdout, stderr } = await run({ file: process.execPath, args, timeoutMs: 60_000 });
      assert.deepEqual([stdout, stderr], ["to error\n", "to output\n"]);
    });

    it("refuses a descriptor that is not open, and leaves none behind", async () => {
      const before = readdirSync("/proc/self/fd").length;
      await assert.rejects(start(shell("exit 0", { stdout: "pipe", extraFds: [999] })), /EBADF|bad file descriptor/);
      await new Promise(setImmediate);
      assert.ok(readdirSync("/proc/self/fd").length <= before);
    });

    it("gives the child its end of a pipe as programs expect it, blocking", async () => {
      const script = "dd if=/dev/zero bs=1000000 count=2 2>/dev/null; echo $? >&2";
      const child = await start(shell(script, { stdout: "pipe", stderr: "pipe" }));
      // Nobody reads for a while: a non-blocking end would fail once the pipe is full.
      await new Promise(setImmediate);
      const [output, status] = await Promise.all([outputOf(child.stdout), outputOf(child.stderr)]);
      assert.deepEqual([output.length, status], [2_000_000, "0\n"]);
      await child.exit;
    });

    it("starts with no signal blocked or ignored", async () => {
      const child = await start({
        file: "/bin/grep",
        args: ["-E", "^Sig(Blk|Ign)", "/proc/self/status"],
        stdout: "pipe",
      });
      const lines = await outputOf(child.stdout);
      assert.match(lines, /SigBlk:\s+0+\n/);
      // Signals 32 and 33 are glibc's own business, which posix_spawn ignores in the child.
      if (method === "posix") assert.match(lines, /SigIgn:\s+0+(180000000)?\n/);
      await child.exit;
    });

    it("makes a detached child the leader of its own session", async () => {
      for (const detached of [true, false]) {
        const child = await start(shell("read line", { stdin: "pipe", detached }));
        assert.equal(statFields(String(child.pid))[3] === String(child.pid), detached);
        child.stdin?.end("\n");
        await child.exit;
      }
    });

    it("kills the child when its signal aborts, also if that happens while it starts", async () => {
      const controller = new AbortController();
      const child = await start({ file: "/bin/sleep", args: ["60"], signal: controller.signal });
      controller.abort();
      assert.deepEqual(await child.exit, { code: null, signal: "SIGKILL" });
      await assert.rejects(start({ file: "/bin/sleep", args: ["60"], signal: controller.signal }), {
        name: "AbortError",
      });
    });

    it("refuses a NUL byte in an argument, which would cut it short", async () => {
      await assert.rejects(start({ file: "/bin/echo", args: ["a\0b"] }));
    });

    it("keeps the process alive for its child, and not longer", async () => {
      const program = `
        import { spawn } from ${JSON.stringify(new URL("./spawn.ts", import.meta.url).href)};
        const child = await spawn({ file: "/bin/sleep", args: ["0.2"], method: ${JSON.stringify(method)} });
        child.exit.then(({ code }) => console.log("code", code));
      `;
      const args = ["--conditions=gantry-source", "--input-type=module", "--eval", program];
      const result = await run({ file: process.execPath, args, timeoutMs: 60_000 });
      assert.deepEqual([result.code, result.stdout], [0, "code 0\n"], result.stderr);
    });
  });
}

describe("spawn in a worker thread", { skip }, () => {
  it("works there as well", async () => {
    const program = `
      import { parentPort } from "node:worker_threads";
      import { run } from ${JSON.stringify(new URL("./run.ts", import.meta.url).href)};
      parentPort.postMessage((await run({ file: "/bin/echo", args: ["hello"] })).stdout);
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    assert.deepEqual(await once(worker, "message"), ["hello\n"]);
    await worker.terminate();
  });
});
