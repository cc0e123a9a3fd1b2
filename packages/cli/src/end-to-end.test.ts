import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, lstat } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { writeBusyboxLayout } from "./testing/busybox-layout.ts";
import { cannotRun, DaemonProcess } from "./testing/daemon-process.ts";
import { type Ended, endOf, gantry, startGantry } from "./testing/gantry.ts";

/** Everything real: the command, the daemon and containers, each a process. */
describe("gantry with a daemon", { skip: cannotRun, timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  const run = (...args: string[]): Promise<Ended> => gantry(args, daemon.env);
  const ids = async (...args: string[]) => (await run("ps", "-q", ...args)).stdout.split("\n").filter(Boolean);

  before(async () => {
    daemon = await DaemonProcess.start();
    const layout = path.join(daemon.directory, "layout");
    await writeBusyboxLayout(layout);
    const imported = await run("image", "import", layout);
    assert.match(imported.stdout, /^docker\.io\/library\/busybox:latest sha256:[0-9a-f]{64}\n$/, imported.stderr);
  });

  after(() => daemon[Symbol.asyncDispose]());

  it("leaves nothing of an image whose layer would write outside of it", async () => {
    const layout = path.join(daemon.directory, "hostile");
    await writeBusyboxLayout(layout, { name: "hostile", furtherEntry: "../../escaped" });
    const state = async () =>
      (await Promise.all([run("image", "ls", "--json"), run("snapshot", "ls", "--json")])).map(({ stdout }) => stdout);
    const before = await state();
    const { code, stderr } = await run("image", "import", layout);
    assert.equal(code, 1);
    assert.match(stderr, /layer "sha256:[0-9a-f]{64}": entry "\.\.\/\.\.\/escaped"/);
    assert.deepEqual(await state(), before);
  });

  it("passes output on exactly, and the exit status of the command", async () => {
    const ended = await run(
      "run",
      "--rm",
      "busybox",
      "sh",
      "-c",
      "echo out; echo err >&2; printf 'no newline'; exit 7",
    );
    assert.deepEqual(ended, { code: 7, stdout: "out\nno newline", stderr: "err\n" });
    assert.deepEqual(await ids("-a"), []);
    const snapshots = JSON.parse((await run("snapshot", "ls", "--json")).stdout);
    assert.deepEqual(
      snapshots.map(({ kind }: { kind: string }) => kind),
      ["committed"],
    );
  });

  it("runs the command in namespaces of its own, with what was asked for", async () => {
    const script = "echo $$ $MADE $NAME; pwd; hostname; id -u; id -G; touch /x || touch /tmp/x || echo readonly";
    const flags = [
      "--name",
      "asked",
      "--rm",
      "-e",
      "NAME=a=b",
      "-w",
      "/tmp",
      "-u",
      "web",
      "--hostname",
      "box",
      "--read-only",
    ];
    const { code, stdout } = await run("run", ...flags, "busybox", "sh", "-c", script);
    assert.equal(code, 0);
    const [first, cwd, hostname, uid, groups = "", last] = stdout.trim().split("\n");
    assert.deepEqual([first, cwd, hostname, uid, last], ["1 image a=b", "/tmp", "box", "1000", "readonly"]);
    assert.deepEqual(groups.split(" ").sort(), ["1000", "4"]);
  });

  it("runs in a user namespace on the image as it is, and stores what it writes as the image has it", async () => {
    // As /var/lib and /run are, and a directory of mkdtemp(3) is not: others may pass.
    await chmod(daemon.directory, 0o711);
    const script = "cat /proc/self/uid_map; ls -ln /bin/busybox; echo > /made; ls -ln /made; ls -ln /proc/self/uid_map";
    const started = await run(
      "run",
      "--name",
      "mapped",
      "--userns",
      "300000:400000:1000",
      "busybox",
      "sh",
      "-c",
      script,
    );
    assert.equal(started.code, 0, started.stderr);
    const [map = "", ...files] = started.stdout.trim().split("\n");
    assert.equal(map.trim().replaceAll(/ +/g, " "), "0 300000 1000");
    for (const line of files) assert.match(line, /^\S+ +\d+ 0 +0 /);
    const { stdout: mounts } = await run("snapshot", "mounts", "mapped");
    const [, upper = ""] = /upperdir=([^\s",]+)/.exec(mounts) ?? [];
    const { uid, gid } = await lstat(path.join(upper, "made"));
    assert.deepEqual([uid, gid], [0, 0], mounts);
    assert.equal((await run("rm", "mapped")).code, 0);
  });

  it("runs in the background, and can be looked into, until it is killed and removed", async () => {
    const started = await run(
      "run",
      "-d",
      "--name",
      "web",
      "-e",
      "A=1",
      "busybox",
      "sh",
      "-c",
      "echo started; sleep 1000",
    );
    assert.deepEqual([started.code, started.stdout], [0, "web\n"], started.stderr);

    const [listed] = JSON.parse((await run("ps", "--json")).stdout);
    assert.equal(listed.status, "running");
    assert.deepEqual(listed.command, ["sh", "-c", "echo started; sleep 1000"]);
    const table = (await run("ps")).stdout;
    assert.match(table, /^CONTAINER +IMAGE +COMMAND +CREATED +STATUS +RUNTIME\nweb +docker\.io/);
    assert.ok(table.includes(`running (pid ${listed.pid})`));

    const exec = await run("exec", "-e", "B=2", "-w", "/tmp", "web", "sh", "-c", "echo $A $B; pwd; ps | wc -l; exit 3");
    assert.equal(exec.code, 3);
    assert.match(exec.stdout, /^1 2\n\/tmp\n\d+\n$/);

    const [inspected] = JSON.parse((await run("container", "inspect", "web")).stdout);
    assert.deepEqual(inspected.spec.process.env, ["PATH=/bin", "MADE=image", "A=1"]);
    assert.match((await run("snapshot", "ls")).stdout, /\n└─ web +active +sha256:/);

    assert.equal((await run("logs", "web")).stdout, "started\n");
    const followed = run("logs", "-f", "web");
    assert.match((await run("rm", "web")).stderr, /^gantry: container "web": .*running/);
    assert.equal((await run("kill", "web")).code, 0);
    assert.equal((await followed).stdout, "started\n");
    assert.equal((await run("wait", "web")).stdout, "137\n");
    assert.deepEqual(await ids(), []);
    assert.deepEqual(await ids("-a"), ["web"]);
    assert.deepEqual(await run("rm", "web"), { code: 0, stdout: "web\n", stderr: "" });
    assert.deepEqual(await ids("-a"), []);
  });

  it("ends as other engines do when nothing can be run", async () => {
    const attempts: readonly [readonly string[], number, RegExp][] = [
      [["run", "--rm", "none", "true"], 125, /^gantry: image "none": /],
      [["run", "--rm", "-u", "nobody", "busybox", "id"], 125, /process\.user/],
      [["run", "--rm", "--name", "a b", "busybox", "id"], 125, /^gantry: container "a b": /],
      [["run", "--rm", "busybox", "none"], 127, /"none"/],
      [["run", "--rm", "busybox", "/etc/passwd"], 126, /permission denied/],
      [["exec", "none", "true"], 125, /^gantry: container "none": /],
      [["run", "--memory", "x", "busybox"], 2, /number of bytes/],
    ];
    const ended = await Promise.all(attempts.map(([args]) => run(...args)));
    for (const [index, [args, code, words]] of attempts.entries()) {
      assert.equal(ended[index]?.code, code, `${args.join(" ")}: ${ended[index]?.stderr}`);
      assert.match(ended[index]?.stderr ?? "", words);
    }
    assert.deepEqual(await ids("-a"), []);
  });

  it("hands standard input on to its end, byte by byte", async () => {
    const bytes = randomBytes(300_000);
    const { stdout } = await gantry(
      ["run", "--rm", "-i", "busybox", "sh", "-c", "cat >/tmp/x; busybox sha256sum </tmp/x"],
      daemon.env,
      bytes,
    );
    assert.equal(stdout.slice(0, 64), createHash("sha256").update(bytes).digest("hex"));
  });

  it("passes on more than pipes hold to a slow reader, nothing lost", async () => {
    const child = startGantry(["run", "--rm", "busybox", "head", "-c", "3000000", "/dev/zero"], daemon.env);
    await once(child, "spawn");
    const { code, stdout } = await endOf(child);
    assert.deepEqual([code, stdout.length], [0, 3_000_000]);
  });

  it("ends a command whose reader left, without a word", async () => {
    const child = startGantry(["run", "--rm", "busybox", "yes"], daemon.env);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const [code] = await once(child, "exit");
    assert.equal(code, 141);
    assert.deepEqual(await ids(), []);
  });

  it("hands SIGTERM on, and returns what the command makes of it", async () => {
    const child = startGantry(
      ["run", "--rm", "busybox", "sh", "-c", "trap 'exit 9' TERM; echo ready; while true; do sleep 0.05; done"],
      daemon.env,
    );
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    assert.equal((await endOf(child)).code, 9);
  });

  it("shows events from a number on, and ends following when interrupted", async () => {
    const all = (await run("events", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.ok(all.some(({ topic }) => topic === "image.created"));
    const last = all.at(-1).sequence;

    const child = startGantry(
      ["events", "--since", String(last), "-f", "--filter", "topic==container.exited"],
      daemon.env,
    );
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const following = endOf(child);
    await run("run", "--rm", "--name", "brief", "busybox", "sh", "-c", "exit 5");
    const { code, stderr, stdout } = await following;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^\d+ \S+Z container\.exited brief status=5\n$/);
  });

  it("finds a container again after the daemon was killed", async () => {
    await run(
      "run",
      "-d",
      "--name",
      "lasting",
      "busybox",
      "sh",
      "-c",
      "while [ ! -e /tmp/end ]; do sleep 0.05; done; exit 7",
    );
    const [{ pid }] = JSON.parse((await run("ps", "--json")).stdout);
    await daemon.crash();
    const absent = await run("ps");
    assert.deepEqual([absent.code, absent.stdout], [1, ""]);
    assert.match(absent.stderr, /^gantry: daemon "unix:.*": nobody listens there/);
    await daemon.boot();
    assert.equal(JSON.parse((await run("ps", "--json")).stdout)[0].pid, pid);
    await run("exec", "lasting", "touch", "/tmp/end");
    assert.equal((await run("wait", "lasting")).stdout, "7\n");
    assert.equal((await run("rm", "lasting")).code, 0);
  });

  it("tells how the daemon fares", async () => {
    const status = JSON.parse((await run("daemon", "status", "--json")).stdout);
    assert.equal(status.serving, true);
    assert.equal(status.defaultRuntime, "linux");
    const { code, stdout } = await run("daemon", "status");
    assert.equal(code, 0);
    assert.match(stdout, /\nruntime +linux +ready/);
    assert.match((await run("version")).stdout, /^gantry {3}0\.\d+\.\d+ .*\ngantryd {2}0\.\d+\.\d+ /);
  });

  it("keeps namespaces apart", async () => {
    assert.equal((await run("-n", "other", "image", "ls", "-q")).stdout, "");
    assert.equal((await run("image", "ls", "-q")).stdout, "docker.io/library/busybox:latest\n");
    assert.match((await run("namespace", "ls")).stdout, /^NAMESPACE +CREATED +LABELS\ndefault/);
  });

  it("complains about each that fails, and does the others", async () => {
    const { code, stderr } = await run("rm", "none1", "none2");
    assert.equal(code, 1);
    assert.deepEqual(stderr.split("\n").length, 3);
  });

  it("removes an image with all that it brought", async () => {
    const removed = await run("image", "rm", "busybox");
    assert.match(
      removed.stdout,
      /^docker\.io\/library\/busybox:latest \(with 3 blobs and 1 snapshots\)\n$/,
      removed.stderr,
    );
    assert.deepEqual(JSON.parse((await run("snapshot", "ls", "--json")).stdout), []);
    assert.deepEqual(JSON.parse((await run("image", "ls", "--json")).stdout), []);
  });
});
