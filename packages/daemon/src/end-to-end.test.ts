import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { type Client, createClient } from "@gantry/client";
import { listMounts } from "@gantry/sys";
import { createDaemon, type Daemon } from "./daemon.ts";
import { createLog } from "./log.ts";
import { busyboxImage, packImage } from "./testing/oci-archive.ts";
import { temporaryDirectory } from "./testing/test-daemon.ts";

const skip = process.geteuid?.() === 0 ? false : "containers need root";

/** Everything real: the daemon with what is built in, through the client. */
describe("a daemon with its own plug-ins", { skip, timeout: 60_000 }, () => {
  let directory: string;
  let daemon: Daemon;
  let client: Client;

  const start = async () => {
    const [root, state] = [`${directory}/r`, `${directory}/s`];
    daemon = await createDaemon({ root, state, address: `unix://${state}/gantry.sock`, log: createLog("warn") });
    client = createClient({ address: daemon.address });
  };

  beforeEach(async () => {
    directory = temporaryDirectory();
    await start();
    const archive = await packImage(busyboxImage("busybox"));
    await client.images.import(pieces(archive));
  });

  afterEach(async () => {
    for (const { id } of await list()) await client.containers.delete(id, { force: true });
    await client[Symbol.asyncDispose]();
    await daemon.close();
    const left = (await listMounts()).filter(({ mountPoint }) => mountPoint.startsWith(directory));
    rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(left, []);
  });

  const list = async () => client.containers.list();

  it("runs a container from an archive to its removal", async () => {
    await using run = await client.run({ image: "busybox", id: "one", args: ["sh", "-c", "echo hello; exit 7"] });
    const frames = await Array.fromAsync(run.frames);
    assert.equal(Buffer.concat(frames.map(({ data }) => data)).toString(), "hello\n");
    assert.equal((await run.wait()).status, 7);
    await run.delete();
    assert.deepEqual(await list(), []);
    const keys = (await Array.fromAsync(client.snapshots.walk())).filter(({ kind }) => kind === "active");
    assert.deepEqual(keys, []);
  });

  it("starts containers that the kernel may kill where memory is short, also where it is kept itself", async (context) => {
    const score = "/proc/self/oom_score_adj";
    const before = readFileSync(score, "utf8");
    try {
      writeFileSync(score, "-500");
    } catch {
      return context.skip("may not lower the score of this process");
    }
    try {
      await using run = await client.run({ image: "busybox", id: "score", args: ["cat", score] });
      assert.equal((await buffer(bytes(run.frames))).toString(), "0\n");
    } finally {
      writeFileSync(score, before);
    }
  });

  it("shows everything to who attached to a container that goes with its end", async () => {
    const run = await client.run({ image: "busybox", id: "gone", args: ["echo", "x"], remove: true });
    assert.equal((await buffer(bytes(run.frames))).toString(), "x\n");
    assert.equal((await run.wait()).status, 0);
    const deleted = client.events.subscribe({ follow: true, filters: ["topic==container.deleted,subject==gone"] });
    for await (const event of deleted) {
      assert.equal(event.subject, "gone");
      break;
    }
    assert.deepEqual(await list(), []);
  });

  it("finds a running container again after a restart, with its process, and its exit", async () => {
    const run = await client.run({ image: "busybox", id: "stays", args: ["sh", "-c", "read x; exit 7"], stdin: true });
    const { pid } = run;
    await client[Symbol.asyncDispose]();
    await daemon.close();
    await start();
    assert.equal((await client.containers.get("stays")).state.pid, pid);
    const process = client.containers.process("stays");
    await process.writeStdin(Buffer.from("go\n"));
    assert.equal((await process.wait()).status, 7);
  });

  it("removes an image with content and layers; what a container stands on goes with the container", async () => {
    await using run = await client.run({ image: "busybox", id: "user", args: ["sleep", "60"] });
    const first = await client.images.delete("busybox");
    assert.equal(first.content.length, 3);
    assert.deepEqual(first.snapshots, []);
    await run.delete();
    assert.deepEqual(await Array.fromAsync(client.snapshots.walk()), []);
  });

  it("keeps a layer that outlived its image where another image has come to need it", async () => {
    await client.images.import(pieces(await packImage(busyboxImage("first"))));
    await using run = await client.run({ image: "first", id: "user", args: ["sleep", "60"] });
    for (const name of ["first", "busybox"]) await client.images.delete(name);
    await client.images.import(pieces(await packImage(busyboxImage("second"))));
    await run.delete();
    assert.deepEqual(
      (await Array.fromAsync(client.snapshots.walk())).map(({ kind }) => kind),
      ["committed"],
    );
    assert.equal((await client.images.delete("second")).snapshots.length, 1);
    assert.deepEqual(await Array.fromAsync(client.snapshots.walk()), []);
  });

  it("leaves nothing of a container whose program is missing", async () => {
    const run = client.run({ image: "busybox", id: "missing", args: ["/no/such/program"] });
    await assert.rejects(
      run,
      (error) => isOperationError(error, "not-found") && error.message.includes("/no/such/program"),
    );
    assert.deepEqual(await list(), []);
    const keys = (await Array.fromAsync(client.snapshots.walk())).filter(({ kind }) => kind === "active");
    assert.deepEqual(keys, []);
  });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

async function* bytes(frames: AsyncIterable<{ readonly data: Uint8Array }>): AsyncGenerator<Uint8Array, void, void> {
  for await (const { data } of frames) yield data;
}
