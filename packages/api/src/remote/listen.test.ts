import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, linkSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttp2Server } from "node:http2";
import { connect, createServer } from "node:net";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectSnapshotter } from "./connect-snapshotter.ts";
import type { Listener, Serving } from "./serve.ts";
import { serveSnapshotter } from "./serve-snapshotter.ts";
import { ScriptedSnapshotter } from "./testing/scripted-snapshotter.ts";
import { socketAddress } from "./testing/socket-address.ts";

async function serve(test: TestContext, listener: Listener): Promise<Serving> {
  const serving = await serveSnapshotter(new ScriptedSnapshotter(), listener);
  test.after(() => serving.close());
  return serving;
}

async function assertServes(address: string): Promise<void> {
  const remote = await connectSnapshotter(address);
  assert.equal(remote.capabilities.copyOnWrite, true);
  await remote.close();
}

/** Leaves a socket behind that nobody listens on, as a process does that was killed. */
async function leaveSocketBehind(socketPath: string): Promise<void> {
  const server = createServer();
  server.listen(`${socketPath}.other`);
  await once(server, "listening");
  linkSync(`${socketPath}.other`, socketPath);
  await new Promise((resolve) => server.close(resolve));
}

function pathOf(address: string): string {
  return address.slice("unix://".length);
}

describe("a socket that is served", () => {
  it("is for its owner alone, whatever the mask, which stays as it was", async (test) => {
    const before = process.umask(0);
    test.after(() => process.umask(before));
    const { address } = await serve(test, { address: socketAddress(test) });
    assert.equal(statSync(pathOf(address)).mode & 0o777, 0o600);
    assert.equal(process.umask(), 0);
    await assertServes(address);
  });

  it("is gone after close", async (test) => {
    const serving = await serve(test, { address: socketAddress(test) });
    await serving.close();
    assert.equal(existsSync(pathOf(serving.address)), false);
  });

  it("replaces one that was left behind", async (test) => {
    const address = socketAddress(test);
    await leaveSocketBehind(pathOf(address));
    assert.equal(statSync(pathOf(address)).isSocket(), true);
    await serve(test, { address });
    await assertServes(address);
  });

  it("rejects with already-exists where another listens, who goes on", async (test) => {
    const { address } = await serve(test, { address: socketAddress(test) });
    const subject = { type: "snapshotter", id: address };
    await assert.rejects(serve(test, { address }), { kind: "already-exists", subject, message: /listens there/ });
    await assertServes(address);
  });

  it("rejects with already-exists where a file is, and leaves it there", async (test) => {
    const address = socketAddress(test);
    writeFileSync(pathOf(address), "text");
    await assert.rejects(serve(test, { address }), { kind: "already-exists", message: /no socket/ });
    assert.equal(statSync(pathOf(address)).isFile(), true);
  });

  it("rejects with not-found where the directory is missing", async (test) => {
    const address = `unix://${path.join(path.dirname(pathOf(socketAddress(test))), "missing", "s")}`;
    await assert.rejects(serve(test, { address }), { kind: "not-found" });
  });
});

describe("a server that is met by nonsense", () => {
  it("goes on for others", async (test) => {
    const { address } = await serve(test, { address: socketAddress(test) });
    for (const bytes of [
      "GET / HTTP/1.1\r\n\r\n",
      "\0".repeat(100_000),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxxxxxxxx",
    ]) {
      const socket = connect(pathOf(address));
      socket.on("error", () => {
        // The server may cut us off in any way.
      });
      socket.end(bytes);
      socket.resume();
      await once(socket, "close");
    }
    await assertServes(address);
  });
});

describe("a port that is served", () => {
  it("tells the port that it got", async (test) => {
    const { address } = await serve(test, { address: "http://127.0.0.1:0" });
    assert.match(address, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    await assertServes(address);
  });

  it("rejects with already-exists where another listens", async (test) => {
    const { address } = await serve(test, { address: "http://127.0.0.1:0" });
    await assert.rejects(serve(test, { address }), { kind: "already-exists", message: /EADDRINUSE/ });
  });
});

describe("a server of the caller's", () => {
  it("serves until close, and goes on listening", async (test) => {
    const server = createHttp2Server();
    const address = socketAddress(test);
    server.listen(pathOf(address));
    await once(server, "listening");
    test.after(() => server.close());
    const serving = await serve(test, { server });
    assert.equal(serving.address, "");
    await assertServes(address);
    await serving.close();
    assert.equal(server.listening, true);
    assert.equal(server.listenerCount("request"), 0);
  });
});
