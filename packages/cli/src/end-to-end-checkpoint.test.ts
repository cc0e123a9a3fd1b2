import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { writeBusyboxLayout } from "./testing/busybox-layout.ts";
import { cannotRun, DaemonProcess } from "./testing/daemon-process.ts";
import { type Ended, gantry } from "./testing/gantry.ts";

/** Its containers are played, so that there are checkpoints on every host. */
const simulated = fileURLToPath(new URL("../../runtime-simulated/src/index.ts", import.meta.url));
const configuration = `version = 1
[defaults]
runtime = "simulated"
[runtimes.simulated]
module = ${JSON.stringify(simulated)}
[runtimes.linux.options]
criu = "/nowhere/criu"
`;

describe("gantry and checkpoints", { skip: cannotRun, timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  const run = (...args: string[]): Promise<Ended> => gantry(args, daemon.env);

  before(async () => {
    daemon = await DaemonProcess.start(configuration);
    const layout = path.join(daemon.directory, "layout");
    await writeBusyboxLayout(layout);
    assert.equal((await run("image", "import", layout)).code, 0);
  });

  after(() => daemon[Symbol.asyncDispose]());

  async function emptyDirectory(name: string): Promise<string> {
    const directory = path.join(daemon.directory, name);
    await mkdir(directory);
    return directory;
  }

  it("stops a container with its checkpoint, from where another one goes on", async () => {
    const images = await emptyDirectory("stopped");
    const script = "echo before; until [ -e /go ]; do sleep 0.05; done; echo after; exit 7";
    await run("run", "-d", "--name", "web", "busybox", "sh", "-c", script);
    assert.deepEqual(await run("checkpoint", "web", images), { code: 0, stdout: "web\n", stderr: "" });
    assert.equal((await run("wait", "web")).stdout, "137\n");
    assert.equal((await run("logs", "web")).stdout, "before\n");
    assert.equal((await run("run", "-d", "--name", "web2", "--restore", images, "busybox")).code, 0);
    assert.equal((await run("exec", "web2", "touch", "/go")).code, 0);
    assert.equal((await run("wait", "web2")).stdout, "7\n");
    assert.equal((await run("logs", "web2")).stdout, "after\n");
  });

  it("lets a container go on that is asked to, and finds one to be restored after a crash", async () => {
    const images = await emptyDirectory("left");
    await run("run", "-d", "--name", "worker", "busybox", "sh", "-c", "sleep 1000");
    assert.equal((await run("checkpoint", "--leave-running", "worker", images)).code, 0);
    await daemon.crash();
    await daemon.boot();
    const listed = JSON.parse((await run("ps", "--json")).stdout);
    assert.deepEqual(
      listed.map(({ id }: { id: string }) => id),
      ["worker"],
    );
    assert.equal((await run("run", "-d", "--name", "again", "--restore", images, "busybox")).code, 0);
    assert.equal((await run("ps", "-q")).stdout.split("\n").filter(Boolean).length, 2);
  });

  it("complains about a directory that is of no use, and leaves nothing", async () => {
    const images = await emptyDirectory("useless");
    await run("run", "-d", "--name", "kept", "busybox", "sleep", "1000");
    const missing = await run("checkpoint", "kept", path.join(images, "nothing"));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /nothing does not exist/);
    assert.deepEqual(await readdir(images), []);
    const restored = await run("run", "-d", "--name", "none", "--restore", images, "busybox");
    assert.equal(restored.code, 125);
    assert.match(restored.stderr, /has no checkpoint/);
    assert.doesNotMatch((await run("ps", "-a", "-q")).stdout, /none/);
    assert.doesNotMatch((await run("snapshot", "ls", "--json")).stdout, /"none"/);
  });

  it("says what a runtime lacks that makes none", async () => {
    const images = await emptyDirectory("unused");
    await run("run", "-d", "--name", "real", "--runtime", "linux", "busybox", "sleep", "1000");
    const { code, stderr } = await run("checkpoint", "real", images);
    assert.equal(code, 1);
    assert.match(stderr, /checkpoints need CRIU: \/nowhere\/criu was looked for/);
    const restored = await run("run", "--runtime", "linux", "--restore", images, "busybox");
    assert.equal(restored.code, 125);
    assert.match(restored.stderr, /checkpoints need CRIU/);
  });
});
