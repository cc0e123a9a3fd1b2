import assert from "node:assert/strict";
import { chmodSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { processIdentity } from "@gantry/sys";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

describe("runtime: linux with an OCI runtime that is broken or missing", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  describe("an OCI runtime that talks nonsense", () => {
    for (const [what, script] of [
      ["ends well without a container", "exit 0"],
      ["says nothing", "exit 1"],
      ["prints a line of 50 kB", "head -c 50000 /dev/zero | tr '\\\\0' x >&2; exit 1"],
      ["kills itself", "kill -9 $$"],
    ] as const) {
      it(`makes create fail when it ${what}, and leaves nothing`, async () => {
        await host.reopen({ ociRuntime: host.spoiledRunc("create", script) });
        const error = await rejectsWith("internal", host.runtime.create(host.requestOf(["/bin/true"])));
        assert.ok(error.message.length < 2_000);
        assert.deepEqual(await host.leftovers(), []);
      });
    }

    it("makes create fail at its deadline when it prints more than its monitor takes", async () => {
      const script = "head -c 5000000 /dev/zero >&2; exit 1";
      await host.reopen({ ociRuntime: host.spoiledRunc("create", script), deadlines: { createMs: 500 } });
      await rejectsWith("deadline-exceeded", host.runtime.create(host.requestOf(["/bin/true"])));
      assert.deepEqual(await host.leftovers(), []);
    });

    it("makes start fail with its last words", async () => {
      await host.reopen({ ociRuntime: host.spoiledRunc("start", "echo not today >&2; exit 3") });
      const container = await host.runtime.create(host.requestOf(["/bin/true"]));
      assert.match((await rejectsWith("internal", container.start())).message, /start: not today$/);
      assert.equal((await container.state()).status, "created");
    });

    const toLog = (command: string) =>
      `for each; do case "$each" in --log=*) ${command} "\${each#--log=}";; esac; done; exit 1`;
    for (const [what, script] of [
      ["prints 100 MB", "head -c 100000000 /dev/zero | tr '\\0' x >&2; exit 1"],
      ["prints words of its errors without end", "yes cannot | tr '\\n' ' ' | head -c 1000000 >&2; exit 1"],
      ["logs half of a line", toLog('echo \'{"level":"error","msg":"ha\' >')],
      ["logs 5 MB of nothing", toLog("truncate -s 5000000")],
      ["logs 2 million lines that are torn", toLog("yes { | head -c 4000000 >")],
      ["puts a FIFO in the place of its log", toLog("mkfifo")],
      ["puts a directory in the place of its log", toLog("mkdir")],
      ["puts a link in the place of its log", toLog("ln -s /dev/zero")],
    ] as const) {
      it(`makes pause fail in a moment when it ${what}, and the container is as it was`, async () => {
        await host.reopen({ ociRuntime: host.spoiledRunc("pause", script) });
        const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
        const began = performance.now();
        const error = await rejectsWith("internal", container.pause());
        assert.ok(performance.now() - began < 3000);
        assert.ok(error.message.length < 2000, error.message.slice(0, 3000));
        assert.equal((await container.state()).status, "running");
      });
    }
  });

  describe("an OCI runtime that is killed", () => {
    it("in start leaves a created container, which can be started", async () => {
      const once = join(host.base, "once");
      writeFileSync(once, "");
      const script = `if [ -e ${once} ]; then rm ${once}; kill -9 $$; fi`;
      await host.reopen({ ociRuntime: host.spoiledRunc("start", script) });
      const container = await host.runtime.create(host.requestOf(["/bin/true"]));
      assert.match((await rejectsWith("internal", container.start())).message, /was killed/);
      assert.equal((await container.state()).status, "created");
      await container.start();
      assert.equal((await container.init.wait()).status, 0);
    });
  });

  describe("an init process that is killed before its program ran", () => {
    it("makes a stopped container, which is told once and can be deleted", async () => {
      const events = host.runtime.events?.()[Symbol.asyncIterator]();
      const container = await host.runtime.create(host.requestOf(["/bin/true"]));
      const { pid } = await container.state();
      process.kill(pid ?? 0, "SIGKILL");
      assert.equal((await container.init.wait()).status, 137);
      assert.equal((await container.state()).status, "stopped");
      await rejectsWith("failed-precondition", container.start());
      assert.equal(processIdentity(pid ?? 0), null);
      assert.equal((await container.delete())?.status, 137);
      const other = await host.run({ ...host.requestOf(["/bin/true"]), id: "other" });
      await other.init.wait();
      const told = [await events?.next(), await events?.next()].map((event) => event?.value?.processId);
      assert.deepEqual(told, ["c1", "other"]);
      await events?.return?.();
    });
  });

  describe("a program that is missing", () => {
    for (const option of ["ociRuntime", "conmon"]) {
      it(`makes create fail with failed-precondition that names it and the place: ${option}`, async () => {
        await host.reopen({ [option]: "/nowhere/at-all" });
        const error = await rejectsWith("failed-precondition", host.runtime.create(host.requestOf(["/bin/true"])));
        assert.match(error.message, /\/nowhere\/at-all/);
        assert.match((await host.runtime.info()).details.get(option) ?? "", /missing: .*\/nowhere\/at-all/);
        assert.deepEqual(await host.leftovers(), []);
      });
    }

    it("makes create fail with failed-precondition when it may not be executed", async () => {
      const program = host.spoiledRunc("create", "exit 1");
      chmodSync(program, 0o644);
      await host.reopen({ ociRuntime: program });
      const error = await rejectsWith("failed-precondition", host.runtime.create(host.requestOf(["/bin/true"])));
      assert.match(error.message, /spoiled-runc/);
    });

    it("since the runtime was opened makes create and start fail with failed-precondition that names it", async () => {
      const program = host.spoiledRunc("create", "true");
      await host.reopen({ ociRuntime: program });
      const container = await host.runtime.create(host.requestOf(["/bin/true"]));
      unlinkSync(program);
      const request = { ...host.requestOf(["/bin/true"]), id: "other" };
      for (const call of [() => host.runtime.create(request), () => container.start()]) {
        assert.match((await rejectsWith("failed-precondition", call())).message, /spoiled-runc/);
      }
      await host.reopen();
    });
  });
});
