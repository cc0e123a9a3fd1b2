import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container, CreateRequest, Runtime } from "@gantry/api";
import { type OciSpec, processToAny, specToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll, processIdentity, unmountAll } from "@gantry/sys";
import { Bundle, stateLayout } from "../src/bundle.ts";
import { linuxRuntime } from "../src/index.ts";
import {
  closeAndDelete,
  leftoversOf,
  makeBase,
  noContainers,
  openLinuxRuntime,
  rootfsOf,
  specOf,
} from "./linux-harness.ts";

describe("runtime: linux when something else goes wrong", { skip: noContainers }, () => {
  let base = "";
  let runtime: Runtime;

  beforeEach(async () => {
    base = makeBase();
    runtime = await openLinuxRuntime(base);
    await runtime.load();
  });

  afterEach(async () => {
    await closeAndDelete(runtime);
    const leftovers = await leftoversOf(base);
    rmSync(base, { recursive: true, force: true });
    assert.deepEqual(leftovers, []);
  });

  const bundleOf = (id: string) => new Bundle(stateLayout(join(base, "state")), "suite", id);

  function requestOf(args: readonly string[], change: (spec: OciSpec) => OciSpec = (spec) => spec): CreateRequest {
    const spec = specOf({ does: "sleep" });
    const process = { ...spec.process, args };
    return {
      namespace: "suite",
      id: "c1",
      spec: specToAny(change({ ...spec, process })),
      rootfs: rootfsOf(base),
      stdio: { kind: "log" },
    };
  }

  async function run(request: CreateRequest): Promise<Container> {
    const container = await runtime.create(request);
    await container.start();
    return container;
  }

  async function reopen(options: Readonly<Record<string, unknown>> = {}) {
    await runtime.close();
    // A spoiled runc is only noticed where it is called.
    runtime = await openLinuxRuntime(base, { shortcuts: false, ...options });
    return runtime.load();
  }

  async function printed(container: Container): Promise<string> {
    const frames = await Array.fromAsync(container.init.output({ follow: true }));
    return Buffer.concat(frames.map(({ data }) => data)).toString();
  }

  /** Makes an OCI runtime that is runc, except that `script` runs instead of `verb`. */
  function spoiledRunc(verb: string, script: string): string {
    const path = join(base, "spoiled-runc");
    const lines = [
      "#!/bin/sh",
      "for word; do",
      `  if [ "$word" = ${verb} ]; then ${script}; fi`,
      "done",
      'exec /usr/sbin/runc "$@"',
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  describe("a monitor that is killed", () => {
    it("is the end of its container, with status 255", async () => {
      const container = await run(requestOf(["/bin/sleep", "1000"]));
      const { pid } = await container.state();
      process.kill(Number(readFileSync(bundleOf("c1").monitorPid, "utf8")), "SIGKILL");
      const exit = await container.init.wait();
      assert.deepEqual({ pid: exit.pid, status: exit.status }, { pid, status: 255 });
      assert.equal(processIdentity(pid ?? 0), null);
    });

    it("while nobody had the runtime open is noticed by load", async () => {
      const container = await run(requestOf(["/bin/sleep", "1000"]));
      const { pid } = await container.state();
      await runtime.close();
      process.kill(Number(readFileSync(bundleOf("c1").monitorPid, "utf8")), "SIGKILL");
      const [found] = await reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).exit?.status, 255);
      assert.equal(processIdentity(pid ?? 0), null);
    });
  });

  describe("a process that is killed while it starts a container", () => {
    it("may have let the program run without taking the FIFO away: then it runs", async () => {
      const container = await runtime.create(requestOf(["/bin/sh", "-c", "echo ready; sleep 1000"]));
      const { started, startFifo } = bundleOf("c1");
      writeFileSync(started, "");
      readFileSync(startFifo);
      for await (const frame of container.init.output({ follow: true })) if (frame.data.length > 0) break;
      const [found] = await reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).status, "running");
    });

    it("may not have come to it: then it is created, and can be started", async () => {
      await runtime.create(requestOf(["/bin/true"]));
      writeFileSync(bundleOf("c1").started, "");
      const [found] = await reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).status, "created");
      await found.container.start();
      assert.equal((await found.container.init.wait()).status, 0);
    });
  });

  describe("a pid", () => {
    it("that was used again is never signalled, and its container is stopped", async () => {
      const container = await run(requestOf(["/bin/true"]));
      await container.init.wait();
      await runtime.close();
      const impostor = spawn("/bin/sleep", ["1000"]);
      try {
        const { record, exit, monitorExit } = bundleOf("c1");
        const text: unknown = JSON.parse(readFileSync(record, "utf8"));
        assert.ok(typeof text === "object" && text !== null && "init" in text && typeof text.init === "object");
        writeFileSync(record, JSON.stringify({ ...text, init: { ...text.init, pid: impostor.pid, startTime: "1" } }));
        for (const path of [exit, monitorExit]) unlinkSync(path);
        const [found] = await reopen();
        assert.ok(found !== undefined && "container" in found);
        assert.equal((await found.container.state()).exit?.status, 255);
        await rejectsWith("failed-precondition", found.container.kill("SIGKILL"));
        assert.notEqual(processIdentity(impostor.pid ?? 0), null);
      } finally {
        impostor.kill("SIGKILL");
      }
    });

    it("of an earlier boot means nothing: the container is stopped with status 255", async () => {
      const container = await run(requestOf(["/bin/true"]));
      await container.init.wait();
      await runtime.close();
      const { record, exit, monitorExit } = bundleOf("c1");
      const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      writeFileSync(record, readFileSync(record, "utf8").replace(bootId, "another-boot"));
      for (const path of [exit, monitorExit]) unlinkSync(path);
      const [found] = await reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).exit?.status, 255);
    });
  });

  describe("memory that runs out", () => {
    it("is told with the exit and as an event", async () => {
      const events = runtime.events?.()[Symbol.asyncIterator]();
      const limit = { memory: { limit: 16 * 1024 * 1024 } };
      const args = ["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"];
      const container = await run(requestOf(args, (spec) => ({ ...spec, linux: { ...spec.linux, resources: limit } })));
      const exit = await container.init.wait();
      assert.deepEqual({ status: exit.status, oomKilled: exit.oomKilled }, { status: 137, oomKilled: true });
      assert.equal((await events?.next())?.value?.type, "oom");
      assert.equal((await events?.next())?.value?.type, "exit");
      await events?.return?.();
      const [found] = await reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.deepEqual((await found.container.state()).exit, exit);
    });
  });

  describe("an OCI runtime called by others", () => {
    const runc = (...args: readonly string[]) => {
      const { oci } = stateLayout(join(base, "state"));
      execFileSync("/usr/sbin/runc", ["--root", oci, ...args, "suite+c1"]);
    };

    it("changes what state tells", async () => {
      const container = await runtime.create(requestOf(["/bin/sleep", "1000"]));
      runc("start");
      assert.equal((await container.state()).status, "running");
      runc("pause");
      assert.equal((await container.state()).status, "paused");
      runc("resume");
      assert.equal((await container.state()).status, "running");
      runc("delete", "--force");
      assert.equal((await container.init.wait()).status, 137);
      await container.delete();
    });
  });

  describe("an OCI runtime that hangs", () => {
    it("in create is killed at its deadline, and leaves nothing", async () => {
      await reopen({ ociRuntime: spoiledRunc("create", "sleep 1000"), deadlines: { createMs: 300 } });
      const error = await rejectsWith("deadline-exceeded", runtime.create(requestOf(["/bin/true"])));
      assert.match(error.message, /create did not end within 300 ms/);
      assert.deepEqual(error.cleanup, []);
      assert.deepEqual(await leftoversOf(base), []);
    });

    it("in start is killed at its deadline, and the container can be deleted", async () => {
      await reopen({ ociRuntime: spoiledRunc("start", "exec sleep 1000"), deadlines: { startMs: 300 } });
      const container = await runtime.create(requestOf(["/bin/true"]));
      await rejectsWith("deadline-exceeded", container.start());
      assert.equal(await container.delete(), null);
    });

    it("in pause holds up no other container", async () => {
      await reopen({ ociRuntime: spoiledRunc("pause", "exec sleep 1000"), deadlines: { changeMs: 1500 } });
      const container = await run(requestOf(["/bin/sleep", "1000"]));
      const pausing = rejectsWith("deadline-exceeded", container.pause());
      const other = await run({ ...requestOf(["/bin/true"]), id: "other" });
      assert.equal((await other.init.wait()).status, 0);
      await other.delete();
      await pausing;
    });

    it("in exec is killed at its deadline, and the exec can be deleted", async () => {
      await reopen({ ociRuntime: spoiledRunc("exec", "sleep 1000"), deadlines: { startMs: 300 } });
      const container = await run(requestOf(["/bin/sleep", "1000"]));
      const exec = await container.exec({
        id: "e1",
        process: processToAny({ args: ["/bin/true"] }),
        stdio: { kind: "log" },
      });
      await rejectsWith("deadline-exceeded", exec.start());
      assert.equal((await exec.state()).status, "created");
      assert.equal(await exec.delete(), null);
    });
  });

  describe("an OCI runtime that talks nonsense", () => {
    for (const [what, script] of [
      ["ends well without a container", "exit 0"],
      ["says nothing", "exit 1"],
      ["prints a line of 50 kB", "head -c 50000 /dev/zero | tr '\\\\0' x >&2; exit 1"],
      ["kills itself", "kill -9 $$"],
    ] as const) {
      it(`makes create fail when it ${what}, and leaves nothing`, async () => {
        await reopen({ ociRuntime: spoiledRunc("create", script) });
        const error = await rejectsWith("internal", runtime.create(requestOf(["/bin/true"])));
        assert.ok(error.message.length < 2_000);
        assert.deepEqual(await leftoversOf(base), []);
      });
    }

    it("makes create fail at its deadline when it prints more than its monitor takes", async () => {
      const script = "head -c 5000000 /dev/zero >&2; exit 1";
      await reopen({ ociRuntime: spoiledRunc("create", script), deadlines: { createMs: 500 } });
      await rejectsWith("deadline-exceeded", runtime.create(requestOf(["/bin/true"])));
      assert.deepEqual(await leftoversOf(base), []);
    });

    it("makes start fail with its last words", async () => {
      await reopen({ ociRuntime: spoiledRunc("start", "echo not today >&2; exit 3") });
      const container = await runtime.create(requestOf(["/bin/true"]));
      assert.match((await rejectsWith("internal", container.start())).message, /start: not today$/);
      assert.equal((await container.state()).status, "created");
    });
  });

  describe("a program that is missing", () => {
    for (const option of ["ociRuntime", "conmon"]) {
      it(`makes create fail with failed-precondition that names it and the place: ${option}`, async () => {
        await reopen({ [option]: "/nowhere/at-all" });
        const error = await rejectsWith("failed-precondition", runtime.create(requestOf(["/bin/true"])));
        assert.match(error.message, /\/nowhere\/at-all/);
        assert.match((await runtime.info()).details.get(option) ?? "", /missing: .*\/nowhere\/at-all/);
        assert.deepEqual(await leftoversOf(base), []);
      });
    }
  });

  describe("a bundle that cannot be read", () => {
    const broken: Readonly<Record<string, (bundle: Bundle) => void>> = {
      "record of no JSON": (bundle) => writeFileSync(bundle.record, "{"),
      "record of another version": (bundle) => writeFileSync(bundle.record, '{"version":99}'),
      "empty record": (bundle) => writeFileSync(bundle.record, ""),
      "record of another container": (bundle) => {
        const other = readFileSync(bundleOf("c1").record, "utf8");
        writeFileSync(bundle.record, other);
      },
      "FIFO for a record": (bundle) => execFileSync("mkfifo", [bundle.record]),
      "link for a record": (bundle) => symlinkSync("/etc/hostname", bundle.record),
      "directory for a record": (bundle) => mkdirSync(bundle.record),
    };

    for (const [what, spoil] of Object.entries(broken)) {
      it(`is told with its error, hides no other, and gives way to a new one: ${what}`, async () => {
        await run(requestOf(["/bin/sleep", "1000"]));
        const bad = bundleOf("bad");
        mkdirSync(bad.directory);
        mkdirSync(bad.rootfs);
        spoil(bad);
        const found = await reopen();
        assert.deepEqual(found.map(({ id }) => id).toSorted(), ["bad", "c1"]);
        const [error] = found.flatMap((one) => ("error" in one ? [one.error] : []));
        assert.ok(error instanceof Error);
        const container = await run({ ...requestOf(["/bin/true"]), id: "bad" });
        assert.equal((await container.init.wait()).status, 0);
      });
    }

    it("is left alone if its name is none of ours, and so is all outside", async () => {
      const { bundles } = stateLayout(join(base, "state"));
      const [foreign, canary] = [join(bundles, "not a bundle"), join(base, "canary")];
      for (const path of [foreign, canary]) mkdirSync(path);
      writeFileSync(join(canary, "file"), "x");
      await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], canary);
      try {
        symlinkSync(canary, join(bundles, "suite+link"));
        await reopen();
        assert.ok(existsSync(foreign));
        await unmountAll(canary);
        assert.ok(existsSync(join(canary, "file")));
      } finally {
        await unmountAll(canary);
        rmSync(foreign, { recursive: true });
        rmSync(join(bundles, "suite+link"), { force: true });
      }
    });

    it("is a leftover without a record, and removed with its mounts", async () => {
      const leftover = bundleOf("leftover");
      mkdirSync(leftover.directory);
      mkdirSync(leftover.rootfs);
      await mountAll(rootfsOf(base), leftover.rootfs);
      assert.deepEqual(await reopen(), []);
      assert.deepEqual(await leftoversOf(base), []);
      assert.ok(existsSync(join(base, "image/bin/busybox")));
    });
  });

  describe("what the container must not get", () => {
    it("are descriptors of this process", async () => {
      const leaked = openSync("/etc", "r");
      execFileSync("true");
      const container = await run(requestOf(["/bin/sh", "-c", "ls /proc/self/fd"]));
      // The fourth is the one by which ls reads the directory.
      assert.equal(await printed(container), "0\n1\n2\n3\n");
      assert.ok(leaked > 2);
      const exec = await run({ ...requestOf(["/bin/sh", "-c", "cd /proc/1/fd/7 && echo entered"]), id: "cwd" });
      assert.doesNotMatch(await printed(exec), /entered/);
    });

    it("is the environment of this process", async () => {
      process.env["GANTRY_TEST_SECRET"] = "secret";
      const container = await run(requestOf(["/bin/sh", "-c", "cat /proc/1/environ | tr '\\0' '\\n'"]));
      delete process.env["GANTRY_TEST_SECRET"];
      assert.deepEqual(
        (await printed(container)).split("\n").filter((line) => !/^(HOME|PATH)=/.test(line)),
        [""],
      );
    });
  });

  describe("a container without a pid namespace of its own", () => {
    it("ends with its init: what that leaves is killed", async () => {
      const shared = (spec: OciSpec): OciSpec => {
        const namespaces = spec.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [];
        return { ...spec, linux: { ...spec.linux, namespaces } };
      };
      const args = ["/bin/sh", "-c", "sleep 1000 & read -r line"];
      const container = await run({ ...requestOf(args, shared), stdio: { kind: "log", stdin: true } });
      const exec = await container.exec({
        id: "e1",
        process: processToAny({ args: ["/bin/sleep", "1000"] }),
        stdio: { kind: "log" },
      });
      await exec.start();
      assert.equal((await container.processes()).length, 3);
      await container.init.closeStdin();
      await container.init.wait();
      assert.equal((await exec.wait()).status, 137);
      await container.delete();
      assert.deepEqual(await leftoversOf(base), []);
    });
  });

  describe("a FIFO that nobody else has open", () => {
    it("holds up neither create nor start, and closing it kills nobody", async () => {
      const [stdin, stdout] = [join(base, "in"), join(base, "out")];
      execFileSync("mkfifo", [stdin, stdout]);
      const args = ["/bin/sh", "-c", "echo lost; echo lost; exit 3"];
      const container = await run({ ...requestOf(args), stdio: { kind: "pipes", stdin, stdout } });
      assert.equal((await container.init.wait()).status, 3);
    });

    it("that is none makes create fail with invalid-argument, and leaves nothing", async () => {
      const stdio = { kind: "pipes", stdout: join(base, "image/bin/busybox") } as const;
      await rejectsWith("invalid-argument", runtime.create({ ...requestOf(["/bin/true"]), stdio }));
      assert.deepEqual(await leftoversOf(base), []);
    });
  });

  describe("a state directory with a long path", () => {
    it("is no hindrance, not even to a terminal", async () => {
      await runtime.close();
      const long = join(base, "state", "x".repeat(100));
      mkdirSync(long);
      const opened = await linuxRuntime.open({
        root: join(base, "root"),
        state: long,
        options: {},
        log: () => undefined,
      });
      assert.ok("ready" in opened);
      const other = opened.ready;
      await other.load();
      const terminal = (spec: OciSpec): OciSpec => ({ ...spec, process: { ...spec.process, terminal: true } });
      const request = requestOf(["/bin/cat"], terminal);
      const container = await other.create({ ...request, stdio: { kind: "log", stdin: true } });
      await container.start();
      await container.init.writeStdin(new TextEncoder().encode("typed\n"));
      await container.init.closeStdin();
      assert.equal((await container.init.wait()).status, 0);
      await container.delete();
      await other.close();
      rmSync(long, { recursive: true });
      runtime = await openLinuxRuntime(base);
    });
  });

  describe("users", () => {
    const passwd = "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n";
    const group = "root:x:0:\nmain:x:1001:\nextra:x:2002:app,other\nadmin:x:3003:app\n";
    const identity = ["/bin/sh", "-c", "id -u; id -g; id -G"];

    for (const [username, expected] of [
      ["app", "1000\n1001\n1001 2002 3003\n"],
      ["1000", "1000\n1001\n1001 2002 3003\n"],
      ["app:extra", "1000\n2002\n2002\n"],
      ["app:77", "1000\n77\n77\n"],
      ["4242", "4242\n0\n0\n"],
      ["0:0", "0\n0\n0\n"],
    ] as const) {
      it(`are looked up in the root file system: ${username}`, async () => {
        writeFileSync(join(base, "image/etc/passwd"), passwd);
        writeFileSync(join(base, "image/etc/group"), group);
        const container = await run(
          requestOf(identity, (spec) => ({ ...spec, process: { ...spec.process, user: { username } } })),
        );
        assert.equal(await printed(container), expected);
      });
    }

    it("that are not there make create fail with not-found, and leave nothing", async () => {
      const user = { username: "nobody-of-that-name" };
      const request = requestOf(identity, (spec) => ({ ...spec, process: { ...spec.process, user } }));
      await rejectsWith("not-found", runtime.create(request));
      assert.deepEqual(await leftoversOf(base), []);
    });
  });

  describe("without shortcuts", () => {
    it("the OCI runtime starts and deletes a container in every state", async () => {
      await reopen({ shortcuts: false });
      const created = await runtime.create(requestOf(["/bin/true"]));
      assert.equal(await created.delete(), null);
      const stopped = await run(requestOf(["/bin/sh", "-c", "exit 3"]));
      assert.equal((await stopped.init.wait()).status, 3);
      assert.equal((await stopped.delete())?.status, 3);
      const paused = await run(requestOf(["/bin/sleep", "1000"]));
      await paused.pause();
      assert.equal((await paused.delete({ force: true }))?.status, 137);
      assert.deepEqual(await leftoversOf(base), []);
    });
  });

  describe("many at once", () => {
    it("are made, run and deleted without a failure", async () => {
      const ids = Array.from({ length: 24 }, (_, index) => `many${index}`);
      const work = async () => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
          const container = await run({ ...requestOf(["/bin/sh", "-c", "exit 3"]), id });
          assert.equal((await container.init.wait()).status, 3);
          await container.delete();
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      assert.deepEqual(await leftoversOf(base), []);
    });
  });
});
