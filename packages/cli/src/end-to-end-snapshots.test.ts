import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { cannotRun, DaemonProcess } from "./testing/daemon-process.ts";
import { type Ended, gantry } from "./testing/gantry.ts";

const execute = promisify(execFile);
const iso = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** The commands on snapshots, the daemon and real mounts. */
describe("gantry snapshot with a daemon", { skip: cannotRun, timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  let target = "";
  const run = (...args: string[]): Promise<Ended> => gantry(["snapshot", ...args], daemon.env);
  const lines = async (...args: string[]) => {
    const { code, stderr, stdout } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").slice(0, -1);
  };
  const json = async (...args: string[]) => JSON.parse((await lines(...args, "--json")).join("\n"));

  /** Runs the commands that were printed, then a script in the directory that they mount, and unmounts it. */
  const mounted = async (commands: readonly string[], script: string) => {
    const text = ["set -e", ...commands, `trap 'umount ${target}' EXIT`, `(cd ${target}; ${script})`].join("\n");
    return (await execute("/bin/sh", ["-c", text])).stdout;
  };
  const write = async (key: string, script: string, ...parent: string[]) => {
    await mounted(await lines("prepare", key, ...parent, "--target", target), script);
  };

  before(async () => {
    daemon = await DaemonProcess.start();
    target = path.join(daemon.directory, "target");
    await mkdir(target);
    await write("base-key", "mkdir etc; echo one >etc/motd; echo old >etc/old; echo same >same");
    assert.deepEqual(await lines("commit", "base", "base-key", "--label", "made=by hand"), ["base"]);
    await write("work", "echo two >etc/motd; rm etc/old; mkdir new; echo x >new/file; touch same", "base");
  });

  after(() => daemon[Symbol.asyncDispose]());

  it("draws the forest, and lists it as JSON", async () => {
    assert.deepEqual(await lines("tree"), ["base (committed)", "└─ work (active)"]);
    assert.deepEqual(await json("tree"), [
      { name: "base", kind: "committed", parent: null, readonly: false },
      { name: "work", kind: "active", parent: "base", readonly: false },
    ]);
    assert.match((await lines("ls")).join("\n"), /^SNAPSHOT .*\nbase +committed +- .*\n└─ work +active +base /);
  });

  it("shows what is known about one", async () => {
    const { createdAt, updatedAt, usage, ...rest } = await json("info", "base");
    const known = { name: "base", kind: "committed", parent: null, readonly: false, labels: { made: "by hand" } };
    assert.deepEqual(rest, known);
    assert.match(createdAt, iso);
    assert.match(updatedAt, iso);
    assert.ok(usage.sizeBytes > 0 && usage.inodes >= 5);
    const text = (await lines("info", "work")).join("\n");
    assert.match(text, /^name +work\nkind +active\nparent +base\nreadonly +no\ncreated +\d{4}-/);
    assert.match((await lines("info", "base")).join("\n"), /\nlabel +made=by hand$/);
  });

  it("measures one", async () => {
    const { sizeBytes, inodes } = await json("usage", "base");
    assert.deepEqual((await json("info", "base")).usage, { sizeBytes, inodes });
    assert.match((await lines("usage", "base")).join("\n"), /^SIZE +INODES\n[\d.]+ K?i?B +\d+$/);
  });

  it("prints mounts as commands that work, quoted, and as values", async () => {
    const [command = ""] = await lines("mounts", "work", "--target", "/a b'c");
    assert.match(command, /^mount -t overlay overlay -o \S*lowerdir=\S+ '\/a b'\\''c'$/);
    assert.match((await lines("mounts", "work"))[0] ?? "", / \/mnt$/);
    const [mount] = await json("mounts", "work");
    assert.deepEqual(Object.keys(mount).sort(), ["options", "source", "target", "type"]);
    assert.equal(await mounted(await lines("mounts", "work", "--target", target), "cat etc/motd"), "two\n");
  });

  it("starts a view that refuses writes and commits", async () => {
    const commands = await lines("view", "look", "base", "--target", target, "--label", "a=b=c");
    assert.deepEqual(
      commands.map((command) => command.replace(/ \/\S+/g, " PATH")),
      ["mount --rbind PATH PATH", "mount -o remount,ro,bind PATH"],
    );
    assert.equal(await mounted(commands, "touch x 2>/dev/null || cat etc/motd"), "one\n");
    assert.deepEqual((await json("info", "look")).labels, { a: "b=c" });
    assert.deepEqual(await lines("tree"), ["base (committed)", "├─ look (view)", "└─ work (active)"]);
    const refused = await run("commit", "x", "look");
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /^gantry: snapshot "look": .*view/);
    assert.deepEqual(await lines("rm", "look"), ["look"]);
  });

  const expected = ["C /etc/motd", "D /etc/old", "A /new", "A /new/file"];

  it("lists what an Active one changed, also while it is mounted, and leaves nothing behind", async () => {
    assert.deepEqual(await lines("diff", "work"), expected);
    const commands = await lines("mounts", "work", "--target", target);
    const self = path.join(import.meta.dirname, "main.ts");
    const diff = `GANTRY_ADDRESS=${daemon.address} ${process.execPath} --conditions=gantry-source ${self} snapshot diff work`;
    assert.equal(await mounted(commands, diff), `${expected.join("\n")}\n`);
    assert.deepEqual(await json("diff", "work"), [
      { path: "/etc/motd", kind: "changed" },
      { path: "/etc/old", kind: "removed" },
      { path: "/new", kind: "added" },
      { path: "/new/file", kind: "added" },
    ]);
    await assertNothingLeft();
  });

  it("lists what a Committed one changed, against its parent, nothing, another and itself", async () => {
    await write("next-key", "echo two >etc/motd; rm -r etc; mkdir etc; chmod 700 etc", "base");
    await lines("commit", "next", "next-key");
    assert.deepEqual(await lines("diff", "next"), ["C /etc", "D /etc/motd", "D /etc/old"]);
    assert.deepEqual(await lines("diff", "base"), ["A /etc", "A /etc/motd", "A /etc/old", "A /same"]);
    assert.deepEqual(await lines("diff", "base", "next"), ["C /etc", "A /etc/motd", "A /etc/old"]);
    assert.deepEqual(await lines("diff", "next", "work"), ["C /etc", "D /etc/motd", "D /new"]);
    assert.deepEqual(await lines("diff", "next", "next"), []);
    assert.deepEqual(await lines("rm", "next"), ["next"]);
    await assertNothingLeft();
  });

  it("compares with every snapshotter that can mount", async () => {
    const own = ["--snapshotter", "native"];
    await write("k", "echo 1 >f; echo 1 >g", ...own);
    await lines("commit", "n", "k", ...own);
    await write("k", "echo 2 >f; rm g", "n", ...own);
    assert.deepEqual(await lines("diff", "k", ...own), ["C /f", "D /g"]);
    assert.deepEqual(await lines("diff", "n", ...own), ["A /f", "A /g"]);
    assert.deepEqual(await lines("rm", "k", "n", ...own), ["k", "n"]);
  });

  it("leaves nothing where the reader of changes leaves first", async () => {
    await write(
      "many",
      "for i in 1 2 3 4 5 6 7 8 9; do mkdir $i; for j in 1 2 3 4 5 6 7 8 9; do mkdir -p $i/$j/a $i/$j/b; done; done",
    );
    const self = path.join(import.meta.dirname, "main.ts");
    const script = `${process.execPath} --conditions=gantry-source ${self} snapshot diff many | head -n 2`;
    const { stdout } = await execute("/bin/sh", ["-c", script], { env: { ...process.env, ...daemon.env } });
    assert.equal(stdout, "A /1\nA /1/1\n");
    await lines("rm", "many");
    await assertNothingLeft();
  });

  it("says which snapshot an error is about, and ends with 1", async () => {
    const attempts: readonly [readonly string[], RegExp][] = [
      [["prepare", "work", "base"], /^gantry: snapshot "work": /],
      [["prepare", "base"], /^gantry: snapshot "base": /],
      [["prepare", "k", "none"], /^gantry: snapshot "none": /],
      [["prepare", "k", "work"], /^gantry: snapshot "work": .*[Aa]ctive/],
      [["view", "k", "none"], /^gantry: snapshot "none": /],
      [["commit", "base", "work"], /^gantry: snapshot "base": /],
      [["commit", "k", "none"], /^gantry: snapshot "none": /],
      [["mounts", "base"], /^gantry: snapshot "base": .*[Cc]ommitted/],
      [["info", "none"], /^gantry: snapshot "none": /],
      [["usage", "none"], /^gantry: snapshot "none": /],
      [["diff", "none"], /^gantry: snapshot "none": /],
      [["diff", "base", "none"], /^gantry: snapshot "none": /],
      [["rm", "base"], /^gantry: snapshot "base": .*parent/],
      [["tree", "--snapshotter", "none"], /^gantry: snapshotter "none": /],
    ];
    for (const [args, words] of attempts) {
      const { code, stderr, stdout } = await run(...args);
      assert.deepEqual([code, stdout], [1, ""], args.join(" "));
      assert.match(stderr, words);
    }
    assert.deepEqual(await lines("tree"), ["base (committed)", "└─ work (active)"]);
  });

  it("ends with 2 after wrong usage", async () => {
    const attempts: readonly [readonly string[], RegExp][] = [
      [["prepare"], /missing required argument 'key'/],
      [["prepare", "k", "--label", "=x"], /Expected KEY=VALUE/],
      [["view", "k"], /missing required argument 'parent'/],
      [["commit", "n"], /missing required argument 'key'/],
      [["info"], /missing required argument 'snapshot'/],
      [["diff", "a", "b", "c"], /too many arguments/],
      [["mounts", "k", "--none"], /unknown option '--none'/],
    ];
    for (const [args, words] of attempts) {
      const { code, stderr, stdout } = await run(...args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, words);
    }
  });

  it("has a daemon that clears a comparison that a crash cut off", async () => {
    const left = path.join(daemon.directory, "s/diffs/tree-left");
    await daemon.crash();
    await mkdir(left, { recursive: true });
    await execute("mount", ["-t", "tmpfs", "tmpfs", left]);
    await daemon.boot();
    await assertNothingLeft();
    await lines("rm", "work", "base");
    assert.deepEqual(await lines("tree"), []);
  });

  async function assertNothingLeft(): Promise<void> {
    const diffs = path.join(daemon.directory, "s/diffs");
    assert.deepEqual(await readdir(diffs).catch(() => []), []);
    assert.ok(!(await readFile("/proc/self/mountinfo", "utf8")).includes(diffs));
  }
});
