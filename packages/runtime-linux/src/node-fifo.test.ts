import assert from "node:assert/strict";
import { closeSync, constants, openSync, readSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const bytes = (text: string) => new TextEncoder().encode(text);

async function fifo(name: string): Promise<string> {
  const path = join(root, name);
  await nodeHost.makeFifo(path, 0o600);
  return path;
}

/** The status flags of an open file, of which O_NONBLOCK is one, from what the kernel shows of it. */
async function flagsOf(fd: number): Promise<number> {
  const text = (await nodeHost.readText(`/proc/self/fdinfo/${fd}`)) ?? "";
  return Number.parseInt(/^flags:\s*(\d+)/m.exec(text)?.[1] ?? "", 8);
}

describe("makeFifo", () => {
  it("makes a FIFO with exactly the mode that is asked for", async () => {
    const path = join(root, "mode");
    await nodeHost.makeFifo(path, 0o666);
    assert.ok(statSync(path).isFIFO());
    assert.equal(statSync(path).mode & 0o777, 0o666);
  });
});

describe("openFifo", () => {
  for (const end of ["read", "write", "both"] as const) {
    it(`opens for ${end} without waiting, and without O_NONBLOCK, which the process would see`, async () => {
      await using opened = await nodeHost.openFifo(await fifo(`end-${end}`), end);
      assert.equal((await flagsOf(opened.fd)) & constants.O_NONBLOCK, 0);
    });
  }

  it("rejects what is no FIFO with invalid-argument", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    await rejectsWith("invalid-argument", nodeHost.openFifo(file, "read"));
    await rejectsWith("invalid-argument", nodeHost.openFifo("/dev/null", "both"));
  });

  it("does not follow a link to one", async () => {
    const link = join(root, "link");
    symlinkSync(await fifo("target"), link);
    await rejectsWith("invalid-argument", nodeHost.openFifo(link, "read"));
  });
});

describe("writeFifo", () => {
  it("is false where nobody reads, or nothing is there", async () => {
    assert.equal(await nodeHost.writeFifo(await fifo("nobody"), bytes("x")), false);
    assert.equal(await nodeHost.writeFifo(join(root, "nothing"), bytes("x")), false);
  });

  it("writes what fits at once", async () => {
    const path = await fifo("fits");
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    assert.equal(await nodeHost.writeFifo(path, bytes("hello")), true);
    const buffer = Buffer.alloc(16);
    assert.equal(buffer.toString("utf8", 0, readSync(reader, buffer)), "hello");
    closeSync(reader);
  });

  it("waits while it is full, until its signal", async () => {
    const path = await fifo("full");
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const writing = assert.rejects(nodeHost.writeFifo(path, new Uint8Array(1024 * 1024), abort.signal), reason);
    abort.abort(reason);
    await writing;
    closeSync(reader);
  });

  it("is false when the reader goes away meanwhile", async () => {
    const path = await fifo("leaves");
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = nodeHost.writeFifo(path, new Uint8Array(1024 * 1024));
    // The first part is on its way when a turn of the event loop has passed.
    setImmediate(() => closeSync(reader));
    assert.equal(await writing, false);
  });
});
