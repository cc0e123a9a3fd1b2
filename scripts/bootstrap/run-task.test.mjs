import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { taskEnvironment } from "./run-task.mjs";
import { toolchainBin } from "./toolchain.mjs";

/** Runs `program` as a task would be run, in a process of its own that can be sent signals. */
function startTask(program) {
  const source = `
    import { runTask } from ${JSON.stringify(new URL("./run-task.mjs", import.meta.url).href)};
    process.exitCode = await runTask({ command: ["node", "-e", ${JSON.stringify(program)}] }, []);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8");
  return child;
}

describe("runTask", () => {
  it("ends with the exit status of the program", async () => {
    const [code] = await once(startTask("process.exit(7)"), "exit");
    assert.equal(code, 7);
  });

  it("ends with 128 + n when signal n ended the program", async () => {
    const [code] = await once(startTask("process.kill(process.pid, 'SIGKILL')"), "exit");
    assert.equal(code, 128 + 9);
  });

  it("passes on the first of several copies of a signal, and no more", async () => {
    const program = `
      let count = 0;
      process.on("SIGINT", () => {
        count += 1;
        console.log("got");
        setTimeout(() => process.exit(count), 100);
      });
      setInterval(() => {}, 1000);
      console.log("ready");
    `;
    const task = startTask(program);
    await once(task.stdout, "data");
    task.kill("SIGINT");
    await once(task.stdout, "data");
    task.kill("SIGINT");
    const [code] = await once(task, "exit");
    assert.equal(code, 1);
  });

  it("reports a program that cannot be started, with status 127", async () => {
    const source = `
      import { runTask } from ${JSON.stringify(new URL("./run-task.mjs", import.meta.url).href)};
      process.exitCode = await runTask({ command: ["no-such-program"] }, []);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [[code], [message]] = await Promise.all([
      once(child, "exit"),
      once(child.stderr.setEncoding("utf8"), "data"),
    ]);
    assert.equal(code, 127);
    assert.match(message, /no-such-program cannot be started/);
  });
});

describe("taskEnvironment", () => {
  it("puts the pinned programs before the caller's, and keeps the rest", () => {
    const { PATH, HOME } = taskEnvironment({ PATH: "/mine", HOME: "/root" });
    assert.equal(PATH.split(":")[0], toolchainBin);
    assert.ok(PATH.split(":").includes("/mine"));
    assert.equal(HOME, "/root");
  });
});
