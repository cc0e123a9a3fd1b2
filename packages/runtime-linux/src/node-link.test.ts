import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();

async function fifo(name: string): Promise<string> {
  const path = join(root, name);
  await nodeHost.makeFifo(path, 0o600);
  return path;
}

describe("createLink", () => {
  it("gives the first line, and the end when the last writer has gone", async () => {
    const { reader, writer } = await nodeHost.createLink(await fifo("line"));
    writeSync(writer.fd, '{"data": 1');
    writeSync(writer.fd, "2}\nmore\n");
    assert.equal(await reader.firstLine, '{"data": 12}');
    await writer[Symbol.asyncDispose]();
    await reader.ended;
  });

  it("gives no line where the writer has gone without one", async () => {
    const { reader, writer } = await nodeHost.createLink(await fifo("none"));
    await writer[Symbol.asyncDispose]();
    assert.equal(await reader.firstLine, null);
  });

  it("ends when it is closed, also twice", async () => {
    const { reader, writer } = await nodeHost.createLink(await fifo("closed"));
    reader.close();
    reader.close();
    await reader.ended;
    await writer[Symbol.asyncDispose]();
  });

  it("outlives who handed the writing end on, and ends with who got it", async () => {
    const { reader, writer } = await nodeHost.createLink(await fifo("handed"));
    const child = spawn("/bin/sh", ["-c", "echo ready >&3; exec sleep 1000"], {
      stdio: ["ignore", "ignore", "ignore", writer.fd],
    });
    await writer[Symbol.asyncDispose]();
    assert.equal(await reader.firstLine, "ready");
    child.kill("SIGKILL");
    await Promise.all([once(child, "exit"), reader.ended]);
  });
});

describe("joinLink", () => {
  it("is null where nobody writes, also before anybody has, or nothing is there", async () => {
    const path = await fifo("nobody");
    assert.equal(await nodeHost.joinLink(path), null);
    const { writer, reader } = await nodeHost.createLink(path);
    await writer[Symbol.asyncDispose]();
    await reader.ended;
    assert.equal(await nodeHost.joinLink(path), null);
    assert.equal(await nodeHost.joinLink(join(root, "nothing")), null);
  });

  it("finds a writer that is there, and tells of its end", async () => {
    const path = await fifo("joined");
    const { writer, reader } = await nodeHost.createLink(path);
    const joined = await nodeHost.joinLink(path);
    assert.notEqual(joined, null);
    await writer[Symbol.asyncDispose]();
    await Promise.all([reader.ended, joined?.ended]);
  });
});

describe("takeFromFifo", () => {
  it("waits for a writer that comes later", async () => {
    const path = await fifo("take");
    const taking = nodeHost.takeFromFifo(path, AbortSignal.timeout(60_000));
    const script = 'echo 0 >"$1"';
    const exit = once(spawn("/bin/sh", ["-c", script, "sh", path]), "exit");
    assert.equal(await taking, true);
    await exit;
  });

  it("gives up when the writer goes without having written", async () => {
    const path = await fifo("silent");
    const taking = nodeHost.takeFromFifo(path, AbortSignal.timeout(60_000));
    const script = ': >"$1"';
    const exit = once(spawn("/bin/sh", ["-c", script, "sh", path]), "exit");
    assert.equal(await taking, false);
    await exit;
  });

  it("gives up at its signal", async () => {
    const path = await fifo("give-up");
    assert.equal(await nodeHost.takeFromFifo(path, AbortSignal.abort()), false);
    const abort = new AbortController();
    const taking = nodeHost.takeFromFifo(path, abort.signal);
    abort.abort();
    assert.equal(await taking, false);
  });

  it("takes what came while it was being opened, though it is told to give up by then", async (test) => {
    const path = await fifo("opening");
    const abort = new AbortController();
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    test.after(() => [reader, writer].forEach(closeSync));
    writeSync(writer, "0");
    const taking = nodeHost.takeFromFifo(path, abort.signal);
    abort.abort();
    assert.equal(await taking, true);
  });

  it("takes what is there when it is told to give up, though nothing has told of it yet", async (test) => {
    const path = await fifo("last");
    const abort = new AbortController();
    const listen = abort.signal.addEventListener.bind(abort.signal);
    test.mock.method(abort.signal, "addEventListener", (type: "abort", listener: () => void) => {
      listen(type, listener);
      writeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), "0");
      queueMicrotask(() => abort.abort());
    });
    assert.equal(await nodeHost.takeFromFifo(path, abort.signal), true);
  });
});

describe("children", () => {
  it("tells those that another thread has started", async () => {
    const script = `
      const { parentPort } = require("node:worker_threads");
      parentPort.postMessage(require("node:child_process").spawn("sleep", ["1000"]).pid);`;
    const worker = new Worker(script, { eval: true });
    const [started]: number[] = await once(worker, "message");
    const own = await nodeHost.identify(process.pid);
    assert.ok(own !== null && started !== undefined);
    const pids = (await nodeHost.children(own)).map(({ pid }) => pid);
    process.kill(started, "SIGKILL");
    await worker.terminate();
    assert.ok(pids.includes(started));
  });

  it("are those of the process, by their identity", async () => {
    const child = spawn("/bin/sleep", ["1000"]);
    await once(child, "spawn");
    const own = await nodeHost.identify(process.pid);
    assert.ok(own);
    const pids = (await nodeHost.children(own)).map(({ pid }) => pid);
    assert.ok(pids.includes(child.pid ?? 0));
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});

describe("hasOpen", () => {
  it("knows a file by what it is, under whatever name", async () => {
    const path = await fifo("held");
    const own = await nodeHost.identify(process.pid);
    assert.ok(own);
    assert.equal(await nodeHost.hasOpen(own, path), false);
    openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    assert.equal(await nodeHost.hasOpen(own, path), true);
    assert.equal(await nodeHost.hasOpen(own, join(root, "nothing")), false);
  });
});
