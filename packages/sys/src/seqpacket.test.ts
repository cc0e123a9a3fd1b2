import assert from "node:assert/strict";
import { closeSync, mkdirSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { chdir, cwd } from "node:process";
import { describe, it } from "node:test";
import { connectSeqpacket, type SeqpacketConnection } from "./seqpacket.ts";
import { testDirectory } from "./testing/directory.ts";
import { seqpacketServer } from "./testing/seqpacket-server.ts";

describe("connectSeqpacket", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();
  let count = 0;

  /** Two ends of a fresh connection: ours, and the other as a plain blocking descriptor. */
  function connected(maxMessageBytes?: number) {
    const path = join(root, `socket-${count++}`);
    using server = seqpacketServer(path);
    const ours = connectSeqpacket(path, maxMessageBytes === undefined ? {} : { maxMessageBytes });
    return { ours, theirs: server.accept() };
  }

  async function next(connection: SeqpacketConnection): Promise<string | undefined> {
    for await (const message of connection) return message.toString();
    return undefined;
  }

  function receive(fd: number): string {
    const buffer = Buffer.alloc(65536);
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  }

  it("keeps the borders of messages in both directions", async () => {
    const { ours, theirs } = connected();
    await Promise.all([ours.send(Buffer.from("one")), ours.send(Buffer.from("two"))]);
    assert.deepEqual([receive(theirs), receive(theirs)], ["one", "two"]);
    writeSync(theirs, "three");
    writeSync(theirs, "four");
    assert.deepEqual([await next(ours), await next(ours)], ["three", "four"]);
    ours.close();
    closeSync(theirs);
  });

  it("waits for a message that is not there yet", async () => {
    const { ours, theirs } = connected();
    const message = next(ours);
    setImmediate(() => writeSync(theirs, "later"));
    assert.equal(await message, "later");
    ours.close();
    closeSync(theirs);
  });

  it("ends when the peer closes, after what it sent before", async () => {
    const { ours, theirs } = connected();
    writeSync(theirs, "last");
    closeSync(theirs);
    const messages = await Array.fromAsync(ours);
    assert.deepEqual(messages.map(String), ["last"]);
    await assert.rejects(ours.send(Buffer.from("x")), { errno: "EPIPE" });
    ours.close();
  });

  it("ends a reader that waits when this side closes, and refuses to send then", async () => {
    const { ours, theirs } = connected();
    const message = next(ours);
    setImmediate(() => ours.close());
    assert.equal(await message, undefined);
    ours.close();
    await assert.rejects(ours.send(Buffer.from("x")), { errno: "EPIPE" });
    closeSync(theirs);
  });

  it("waits for room when the peer reads slowly, and keeps the order", async () => {
    const { ours, theirs } = connected();
    const sent = Array.from({ length: 200 }, (_, index) => String(index).padEnd(8192, "."));
    let done = false;
    const sending = Promise.all(sent.map((message) => ours.send(Buffer.from(message)))).then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    assert.equal(done, false);
    const received: string[] = [];
    while (received.length < sent.length) {
      received.push(receive(theirs));
      await new Promise(setImmediate);
    }
    await sending;
    assert.deepEqual(received, sent);
    ours.close();
    closeSync(theirs);
  });

  it("tells the peer that it has sent everything, and still receives", async () => {
    const { ours, theirs } = connected();
    await ours.send(Buffer.from("only"));
    await ours.end();
    assert.deepEqual([receive(theirs), receive(theirs)], ["only", ""]);
    writeSync(theirs, "answer");
    assert.equal(await next(ours), "answer");
    ours.close();
    closeSync(theirs);
  });

  it("reports a message that is larger than expected", async () => {
    const { ours, theirs } = connected(10);
    writeSync(theirs, "more than ten bytes");
    await assert.rejects(next(ours), { errno: "EMSGSIZE", message: "recv: a message of 19 bytes (EMSGSIZE)" });
    ours.close();
    closeSync(theirs);
  });

  it("connects to a path that is longer than an address", async () => {
    const directory = join(root, "d".repeat(120));
    mkdirSync(directory);
    const path = join(directory, "s".repeat(80));
    const before = cwd();
    chdir(directory);
    const server = seqpacketServer("s".repeat(80));
    chdir(before);
    const ours = connectSeqpacket(path);
    const theirs = server.accept();
    await ours.send(Buffer.from("far"));
    assert.equal(receive(theirs), "far");
    ours.close();
    closeSync(theirs);
    server[Symbol.dispose]();
  });

  it("names the path that nobody listens at, and leaves no descriptor", () => {
    const before = readdirSync("/proc/self/fd").length;
    assert.throws(() => connectSeqpacket(join(root, "missing")), {
      message: `connect "${join(root, "missing")}": no such file or directory (ENOENT)`,
    });
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });
});
