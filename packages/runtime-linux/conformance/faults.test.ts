import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type OciSpec, processToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll, processIdentity, unmountAll } from "@gantry/sys";
import { type Bundle, stateLayout } from "../src/bundle.ts";
import { linuxRuntime } from "../src/index.ts";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers, rootfsOf } from "./linux-harness.ts";

describe("runtime: linux when something else goes wrong", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  describe("a monitor that is killed", () => {
    it("is the end of its container, with status 255", async () => {
      const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
      const { pid } = await container.state();
      process.kill(Number(readFileSync(host.bundleOf("c1").monitorPid, "utf8")), "SIGKILL");
      const exit = await container.init.wait();
      assert.deepEqual({ pid: exit.pid, status: exit.status }, { pid, status: 255 });
      assert.equal(processIdentity(pid ?? 0), null);
    });

    it("while nobody had the runtime open is noticed by load", async () => {
      const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
      const { pid } = await container.state();
      await host.runtime.close();
      process.kill(Number(readFileSync(host.bundleOf("c1").monitorPid, "utf8")), "SIGKILL");
      const [found] = await host.reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).exit?.status, 255);
      assert.equal(processIdentity(pid ?? 0), null);
    });
  });

  describe("a process that is killed while it starts a container", () => {
    it("may have let the program run without taking the FIFO away: then it runs", async () => {
      const container = await host.runtime.create(host.requestOf(["/bin/sh", "-c", "echo ready; sleep 1000"]));
      const { started, startFifo } = host.bundleOf("c1");
      writeFileSync(started, "");
      readFileSync(startFifo);
      for await (const frame of container.init.output({ follow: true })) if (frame.data.length > 0) break;
      const [found] = await host.reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).status, "running");
    });

    it("may not have come to it: then it is created, and can be started", async () => {
      await host.runtime.create(host.requestOf(["/bin/true"]));
      writeFileSync(host.bundleOf("c1").started, "");
      const [found] = await host.reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).status, "created");
      await found.container.start();
      assert.equal((await found.container.init.wait()).status, 0);
    });
  });

  describe("a pid", () => {
    it("that was used again is never signalled, and its container is stopped", async () => {
      const container = await host.run(host.requestOf(["/bin/true"]));
      await container.init.wait();
      await host.runtime.close();
      const impostor = spawn("/bin/sleep", ["1000"]);
      try {
        const { record, exit, monitorExit } = host.bundleOf("c1");
        const text: unknown = JSON.parse(readFileSync(record, "utf8"));
        assert.ok(typeof text === "object" && text !== null && "init" in text && typeof text.init === "object");
        writeFileSync(record, JSON.stringify({ ...text, init: { ...text.init, pid: impostor.pid, startTime: "1" } }));
        for (const path of [exit, monitorExit]) unlinkSync(path);
        const [found] = await host.reopen();
        assert.ok(found !== undefined && "container" in found);
        assert.equal((await found.container.state()).exit?.status, 255);
        await rejectsWith("failed-precondition", found.container.kill("SIGKILL"));
        assert.notEqual(processIdentity(impostor.pid ?? 0), null);
      } finally {
        impostor.kill("SIGKILL");
      }
    });

    it("of an earlier boot means nothing: the container is stopped with status 255", async () => {
      const container = await host.run(host.requestOf(["/bin/true"]));
      await container.init.wait();
      await host.runtime.close();
      const { record, exit, monitorExit } = host.bundleOf("c1");
      const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      writeFileSync(record, readFileSync(record, "utf8").replace(bootId, "another-boot"));
      for (const path of [exit, monitorExit]) unlinkSync(path);
      const [found] = await host.reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.equal((await found.container.state()).exit?.status, 255);
    });
  });

  describe("memory that runs out", () => {
    it("is told with the exit and as an event", async () => {
      const events = host.runtime.events?.()[Symbol.asyncIterator]();
      const limit = { memory: { limit: 16 * 1024 * 1024 } };
      const args = ["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"];
      const container = await host.run(
        host.requestOf(args, (spec) => ({ ...spec, linux: { ...spec.linux, resources: limit } })),
      );
      const exit = await container.init.wait();
      assert.deepEqual({ status: exit.status, oomKilled: exit.oomKilled }, { status: 137, oomKilled: true });
      assert.equal((await events?.next())?.value?.type, "oom");
      assert.equal((await events?.next())?.value?.type, "exit");
      await events?.return?.();
      const [found] = await host.reopen();
      assert.ok(found !== undefined && "container" in found);
      assert.deepEqual((await found.container.state()).exit, exit);
    });
  });

  describe("an OCI runtime called by others", () => {
    const runc = (...args: readonly string[]) => {
      const { oci } = stateLayout(join(host.base, "state"));
      execFileSync("/usr/sbin/runc", ["--root", oci, ...args, "suite+c1"]);
    };

    it("changes what state tells", async () => {
      const container = await host.runtime.create(host.requestOf(["/bin/sleep", "1000"]));
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

  describe("a bundle that cannot be read", () => {
    const broken: Readonly<Record<string, (bundle: Bundle) => void>> = {
      "record of no JSON": (bundle) => writeFileSync(bundle.record, "{"),
      "record of another version": (bundle) => writeFileSync(bundle.record, '{"version":99}'),
      "empty record": (bundle) => writeFileSync(bundle.record, ""),
      "record of another container": (bundle) => {
        const other = readFileSync(host.bundleOf("c1").record, "utf8");
        writeFileSync(bundle.record, other);
      },
      "FIFO for a record": (bundle) => execFileSync("mkfifo", [bundle.record]),
      "link for a record": (bundle) => symlinkSync("/etc/hostname", bundle.record),
      "directory for a record": (bundle) => mkdirSync(bundle.record),
    };

    for (const [what, spoil] of Object.entries(broken)) {
      it(`is told with its error, hides no other, and gives way to a new one: ${what}`, async () => {
        await host.run(host.requestOf(["/bin/sleep", "1000"]));
        const bad = host.bundleOf("bad");
        mkdirSync(bad.directory);
        mkdirSync(bad.rootfs);
        spoil(bad);
        const found = await host.reopen();
        assert.deepEqual(found.map(({ id }) => id).toSorted(), ["bad", "c1"]);
        const [error] = found.flatMap((one) => ("error" in one ? [one.error] : []));
        assert.ok(error instanceof Error);
        const container = await host.run({ ...host.requestOf(["/bin/true"]), id: "bad" });
        assert.equal((await container.init.wait()).status, 0);
      });
    }

    it("is left alone if its name is none of ours, and so is all outside", async () => {
      const { bundles } = stateLayout(join(host.base, "state"));
      const [foreign, canary] = [join(bundles, "not a bundle"), join(host.base, "canary")];
      for (const path of [foreign, canary]) mkdirSync(path);
      writeFileSync(join(canary, "file"), "x");
      await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], canary);
      try {
        symlinkSync(canary, join(bundles, "suite+link"));
        await host.reopen();
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
      const leftover = host.bundleOf("leftover");
      mkdirSync(leftover.directory);
      mkdirSync(leftover.rootfs);
      await mountAll(rootfsOf(host.base), leftover.rootfs);
      assert.deepEqual(await host.reopen(), []);
      assert.deepEqual(await host.leftovers(), []);
      assert.ok(existsSync(join(host.base, "image/bin/busybox")));
    });
  });

  describe("a container without a pid namespace of its own", () => {
    it("ends with its init: what that leaves is killed", async () => {
      const shared = (spec: OciSpec): OciSpec => {
        const namespaces = spec.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [];
        return { ...spec, linux: { ...spec.linux, namespaces } };
      };
      const args = ["/bin/sh", "-c", "sleep 1000 & read -r line"];
      const container = await host.run({ ...host.requestOf(args, shared), stdio: { kind: "log", stdin: true } });
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
      assert.deepEqual(await host.leftovers(), []);
    });
  });

  describe("a FIFO that nobody else has open", () => {
    it("holds up neither create nor start, and closing it kills nobody", async () => {
      const [stdin, stdout] = [join(host.base, "in"), join(host.base, "out")];
      execFileSync("mkfifo", [stdin, stdout]);
      const args = ["/bin/sh", "-c", "echo lost; echo lost; exit 3"];
      const container = await host.run({ ...host.requestOf(args), stdio: { kind: "pipes", stdin, stdout } });
      assert.equal((await container.init.wait()).status, 3);
    });

    it("that is none makes create fail with invalid-argument, and leaves nothing", async () => {
      const stdio = { kind: "pipes", stdout: join(host.base, "image/bin/busybox") } as const;
      await rejectsWith("invalid-argument", host.runtime.create({ ...host.requestOf(["/bin/true"]), stdio }));
      assert.deepEqual(await host.leftovers(), []);
    });
  });

  describe("a state directory with a long path", () => {
    it("is no hindrance, not even to a terminal", async () => {
      await host.runtime.close();
      const long = join(host.base, "state", "x".repeat(100));
      mkdirSync(long);
      const opened = await linuxRuntime.open({
        root: join(host.base, "root"),
        state: long,
        options: {},
        log: () => undefined,
      });
      assert.ok("ready" in opened);
      const other = opened.ready;
      await other.load();
      const terminal = (spec: OciSpec): OciSpec => ({ ...spec, process: { ...spec.process, terminal: true } });
      const request = host.requestOf(["/bin/cat"], terminal);
      const container = await other.create({ ...request, stdio: { kind: "log", stdin: true } });
      await container.start();
      await container.init.writeStdin(new TextEncoder().encode("typed\n"));
      await container.init.closeStdin();
      assert.equal((await container.init.wait()).status, 0);
      await container.delete();
      await other.close();
      rmSync(long, { recursive: true });
      await host.reopen();
    });
  });

  describe("without shortcuts", () => {
    it("the OCI runtime starts and deletes a container in every state", async () => {
      await host.reopen({ shortcuts: false });
      const created = await host.runtime.create(host.requestOf(["/bin/true"]));
      assert.equal(await created.delete(), null);
      const stopped = await host.run(host.requestOf(["/bin/sh", "-c", "exit 3"]));
      assert.equal((await stopped.init.wait()).status, 3);
      assert.equal((await stopped.delete())?.status, 3);
      const paused = await host.run(host.requestOf(["/bin/sleep", "1000"]));
      await paused.pause();
      assert.equal((await paused.delete({ force: true }))?.status, 137);
      assert.deepEqual(await host.leftovers(), []);
    });
  });

  describe("many at once", () => {
    it("are made, run and deleted without a failure", async () => {
      const ids = Array.from({ length: 24 }, (_, index) => `many${index}`);
      const work = async () => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
          const container = await host.run({ ...host.requestOf(["/bin/sh", "-c", "exit 3"]), id });
          assert.equal((await container.init.wait()).status, 3);
          await container.delete();
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      assert.deepEqual(await host.leftovers(), []);
    });
  });
});
