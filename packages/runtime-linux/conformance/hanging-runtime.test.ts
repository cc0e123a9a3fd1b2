import assert from "node:assert/strict";
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container, LoadedContainer } from "@gantry/api";
import { processToAny, resourcesToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { stateLayout } from "../src/bundle.ts";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

describe("runtime: linux with an OCI runtime that does not answer", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  describe("an OCI runtime that hangs", () => {
    it("in create is killed at its deadline, and leaves nothing", async () => {
      await host.reopen({ ociRuntime: host.spoiledRunc("create", "sleep 1000"), deadlines: { createMs: 300 } });
      const error = await rejectsWith("deadline-exceeded", host.runtime.create(host.requestOf(["/bin/true"])));
      assert.match(error.message, /create did not end within 300 ms/);
      assert.deepEqual(error.cleanup, []);
      assert.deepEqual(await host.leftovers(), []);
    });

    it("in start is killed at its deadline, and the container can be deleted", async () => {
      await host.reopen({ ociRuntime: host.spoiledRunc("start", "exec sleep 1000"), deadlines: { startMs: 300 } });
      const container = await host.runtime.create(host.requestOf(["/bin/true"]));
      await rejectsWith("deadline-exceeded", container.start());
      assert.equal(await container.delete(), null);
    });

    it("in exec is killed at its deadline, and the exec can be deleted", async () => {
      await host.reopen({ ociRuntime: host.spoiledRunc("exec", "sleep 1000"), deadlines: { startMs: 300 } });
      const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
      const exec = await container.exec({
        id: "e1",
        process: processToAny({ args: ["/bin/true"] }),
        stdio: { kind: "log" },
      });
      await rejectsWith("deadline-exceeded", exec.start());
      assert.equal((await exec.state()).status, "created");
      assert.equal(await exec.delete(), null);
    });

    it("in any verb is killed at its deadline, and holds up no other container", async () => {
      const deadlines = { killMs: 2000, deleteMs: 2000, changeMs: 2000 };
      const verbs: Readonly<Record<string, (container: Container) => Promise<unknown>>> = {
        pause: (container) => container.pause(),
        resume: (container) => container.resume(),
        update: (container) => container.update(resourcesToAny({ pids: { limit: 10 } })),
        kill: (container) => container.kill("SIGTERM", { all: true }),
        delete: (container) => container.delete({ force: true }),
      };
      // Each verb hangs for the container that is named after it.
      const script = `case "$*" in *"suite+$word"*) exec sleep 1000;; esac`;
      await host.reopen({ ociRuntime: host.spoiledRunc(Object.keys(verbs).join("|"), script), deadlines });
      const hanging: Promise<unknown>[] = [];
      let isOver = false;
      for (const verb of Object.keys(verbs)) await host.run({ ...host.requestOf(["/bin/sleep", "1000"]), id: verb });
      const containers = new Map((await host.runtime.load()).map((found) => [found.id, containerOf(found)]));
      await containers.get("resume")?.pause();
      for (const [verb, container] of containers) {
        hanging.push(rejectsWith("deadline-exceeded", verbs[verb]?.(container) ?? Promise.resolve()));
      }
      const all = Promise.all(hanging).finally(() => {
        isOver = true;
      });
      const other = await host.run({ ...host.requestOf(["/bin/true"]), id: "other" });
      assert.equal((await other.init.wait()).status, 0);
      await other.delete();
      assert.equal((await containers.get("resume")?.state())?.status, "paused");
      await containers.get("pause")?.kill("SIGKILL");
      assert.equal((await containers.get("pause")?.init.wait())?.status, 137);
      assert.equal(isOver, false);
      await all;
      // With an OCI runtime that works all of them can be removed.
      await host.reopen();
    });

    it("where a failed create is taken back leaves a bundle, so that the next load can remove the rest", async () => {
      const script = 'case "$word" in create) /usr/sbin/runc "$@";; esac; exec sleep 1000';
      const deadlines = { createMs: 1000, deleteMs: 300 };
      await host.reopen({ ociRuntime: host.spoiledRunc("create|delete", script), deadlines });
      const error = await rejectsWith("deadline-exceeded", host.runtime.create(host.requestOf(["/bin/true"])));
      assert.equal(error.cleanup.length, 1);
      assert.notDeepEqual(await host.leftovers(), []);
      await host.reopen();
      assert.deepEqual(await host.leftovers(), []);
    });

    it("where a failed create is taken back gives the id free once it works", async () => {
      const gate = join(host.base, "gate");
      writeFileSync(gate, "");
      const script = `if [ -e ${gate} ]; then case "$word" in create) /usr/sbin/runc "$@";; esac; exec sleep 1000; fi`;
      const deadlines = { createMs: 1000, deleteMs: 300 };
      await host.reopen({ ociRuntime: host.spoiledRunc("create|delete", script), deadlines });
      await rejectsWith("deadline-exceeded", host.runtime.create(host.requestOf(["/bin/true"])));
      unlinkSync(gate);
      const container = await host.run(host.requestOf(["/bin/true"]));
      assert.equal((await container.init.wait()).status, 0);
    });

    it("holds load up for less than 5 s, however much is left to be removed", async () => {
      const { oci } = stateLayout(join(host.base, "state"));
      for (let index = 0; index < 20; index += 1) {
        const bundle = host.bundleOf(`leftover${index}`);
        mkdirSync(bundle.directory);
        mkdirSync(join(oci, bundle.ociId));
      }
      const began = performance.now();
      const found = await host.reopen({ ociRuntime: host.spoiledRunc("delete", "exec sleep 1000") });
      assert.ok(performance.now() - began < 5000);
      assert.equal(found.filter((one) => "error" in one).length, 20);
      assert.deepEqual(await host.reopen(), []);
    });
  });
});

function containerOf(found: LoadedContainer): Container {
  assert.ok("container" in found);
  return found.container;
}
