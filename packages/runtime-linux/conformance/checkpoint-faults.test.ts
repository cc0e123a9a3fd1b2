import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { processIdentity } from "@gantry/sys";
import { LinuxFixture, printed, untilPrinted } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

const counting = ["/bin/sh", "-c", "trap 'exit 143' TERM; echo begun; sleep 1000 & wait $!"];

/** Here there is no CRIU: what says that it is, and an OCI runtime that does not do as it should. */
describe("runtime: linux with a CRIU or an OCI runtime that fails", { skip: noContainers }, () => {
  let host: LinuxFixture;
  let images: string;

  beforeEach(async () => {
    host = await LinuxFixture.open();
    images = mkdtempSync(join(host.base, "images-"));
  });

  afterEach(() => host.close());

  function fakeCriu(): string {
    const path = join(host.base, "criu");
    writeFileSync(path, "#!/bin/sh\necho Version: 4.1.1\n");
    chmodSync(path, 0o755);
    return path;
  }

  /** Resolves when somebody writes to `told`. */
  function told(): Promise<unknown> {
    execFileSync("mkfifo", [join(host.base, "told")]);
    return readFile(join(host.base, "told"));
  }

  const reopen = (verb: string, script: string, deadlines: object = {}) =>
    host.reopen({ criu: fakeCriu(), ociRuntime: host.spoiledRunc(verb, script), deadlines });

  async function running(): Promise<Container> {
    const container = await host.run(host.requestOf(counting));
    await untilPrinted(container, "begun");
    return container;
  }

  async function goesOn(container: Container): Promise<void> {
    assert.equal((await container.state()).status, "running");
    assert.deepEqual(readdirSync(images), []);
    assert.equal((await container.exec(execOf("true"))).id, "true");
    await container.kill("SIGTERM");
    assert.equal((await container.init.wait()).status, 143);
  }

  function execOf(id: string) {
    const value = new TextEncoder().encode(JSON.stringify({ args: ["/bin/true"] }));
    const typeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process";
    return { id, process: { typeUrl, value }, stdio: { kind: "none" } } as const;
  }

  const toImages = `for each; do case "$each" in --image-path=*) echo half >"\${each#*=}/core-1.img";; esac; done`;
  const toWork = (log: string) =>
    `for each; do case "$each" in --work-path=*) echo 'Error (a.c:1): ${log}' >"\${each#*=}/dump.log";; esac; done`;

  describe("checkpoint", () => {
    it("fails with what CRIU logged, and leaves the container and the directory as they were", async () => {
      await reopen("checkpoint", `${toImages}; ${toWork("no such luck")}; exit 1`);
      const container = await running();
      const error = await rejectsWith("internal", container.checkpoint({ path: images }));
      assert.match(error.detail, /checkpoint: .*: no such luck$/);
      await goesOn(container);
    });

    it("is killed at its deadline with all that it runs, and the container goes on", async () => {
      await reopen("checkpoint", `${toImages}; sleep 1000 & echo $! >${host.base}/pid; wait`, { checkpointMs: 500 });
      const container = await running();
      await rejectsWith("deadline-exceeded", container.checkpoint({ path: images }));
      assert.equal(processIdentity(Number(readFileSync(join(host.base, "pid"), "utf8"))), null);
      await goesOn(container);
    });

    it("is killed when the caller does not want it any more", async () => {
      await reopen("checkpoint", `${toImages}; exec sleep 1000`);
      const container = await running();
      const path = images;
      await assert.rejects(container.checkpoint({ path, signal: AbortSignal.timeout(300) }), { name: "TimeoutError" });
      await goesOn(container);
    });

    it("lets a container go on that was frozen when it was killed", async () => {
      const freeze = `/usr/sbin/runc --root ${host.base}/state/oci pause suite+c1; sleep 1000`;
      await reopen("checkpoint", freeze, { checkpointMs: 1_000 });
      const container = await running();
      await rejectsWith("deadline-exceeded", container.checkpoint({ path: images }));
      await goesOn(container);
    });

    it("is ended by load when the process that asked for it was killed", async () => {
      const begun = told();
      await reopen("checkpoint", `${toImages}; echo >${host.base}/told; exec sleep 1000`);
      const container = await running();
      // The old instance never learns of the end: it is as good as killed.
      const asked = container.checkpoint({ path: images }).catch(() => undefined);
      await begun;
      const [found] = await reopen("checkpoint", "exit 1");
      assert.ok(found !== undefined && "container" in found);
      await goesOn(found.container);
      await asked;
    });

    for (const [what, stdio] of [
      ["its standard input", { kind: "log", stdin: true }],
      ["stdio of kind pipes", { kind: "pipes" }],
    ] as const) {
      it(`is unimplemented for a container with ${what}, and says so`, async () => {
        await reopen("checkpoint", "exit 1");
        const container = await host.run({ ...host.requestOf(counting), stdio });
        const error = await rejectsWith("unimplemented", container.checkpoint({ path: images }));
        assert.match(error.detail, new RegExp(what));
        assert.equal((await container.state()).status, "running");
      });
    }
  });

  describe("a restore", () => {
    async function prepared(): Promise<Container> {
      for (const name of ["inventory.img", "descriptors.json"]) writeFileSync(join(images, name), "");
      return host.runtime.create({ ...host.requestOf(counting), checkpoint: images });
    }

    async function isCreated(container: Container): Promise<void> {
      assert.deepEqual(await container.state(), { status: "created", pid: null, exit: null });
      assert.deepEqual(readdirSync(images).sort(), ["descriptors.json", "inventory.img"]);
      assert.deepEqual(await container.processes(), []);
      const processes = (await host.leftovers()).filter((one) => /^(?:process|cgroup)/.test(one));
      assert.deepEqual(processes, []);
    }

    it("that fails leaves a created container and none of its processes, and can be tried again", async () => {
      await reopen("restore", "echo not today >&2; exit 3");
      const container = await prepared();
      for (let round = 0; round < 2; round += 1) {
        assert.match((await rejectsWith("internal", container.start())).message, /restore: not today/);
        await isCreated(container);
      }
    });

    it("is killed at its deadline with all that it runs", async () => {
      await reopen("restore", `sleep 1000 & echo $! >${host.base}/pid; wait`, { restoreMs: 500 });
      const container = await prepared();
      await rejectsWith("deadline-exceeded", container.start());
      assert.equal(processIdentity(Number(readFileSync(join(host.base, "pid"), "utf8"))), null);
      await isCreated(container);
    });

    it("is undone by load when it was under way", async () => {
      const begun = told();
      await reopen("restore", `echo >${host.base}/told; exec sleep 1000`);
      const asked = (await prepared()).start().catch(() => undefined);
      await begun;
      const [found] = await reopen("restore", "exit 3");
      await asked;
      assert.ok(found !== undefined && "container" in found);
      await isCreated(found.container);
    });

    it("hands the options of CRIU on to the OCI runtime", async () => {
      const script = `echo "$CRIU_FAULT $(command -v criu)" >${host.base}/heard; exit 3`;
      const criu = fakeCriu();
      const ociRuntime = host.spoiledRunc("restore|checkpoint", script);
      await host.reopen({ criu, ociRuntime, criuEnvironment: { CRIU_FAULT: "130" } });
      await rejectsWith("internal", (await prepared()).start());
      const heard = () => readFileSync(join(host.base, "heard"), "utf8");
      assert.equal(heard(), `130 ${criu}\n`);
      rmSync(join(host.base, "heard"));
      const other = await host.run({ ...host.requestOf(counting), id: "other" });
      mkdirSync(join(images, "empty"));
      await rejectsWith("internal", other.checkpoint({ path: join(images, "empty") }));
      assert.equal(heard(), `130 ${criu}\n`);
    });
  });

  it("has no checkpoints where there is no CRIU, and says where it was looked for", async () => {
    await host.reopen({ criu: "/nowhere/criu" });
    assert.equal(host.runtime.capabilities.checkpoint, false);
    assert.match((await host.runtime.info()).details.get("checkpoint") ?? "", /^false: .*\/nowhere\/criu/);
    const container = await host.run(host.requestOf(["/bin/true"]));
    assert.match((await rejectsWith("unimplemented", container.checkpoint({ path: images }))).detail, /nowhere/);
    assert.equal(await printed(container), "");
  });
});
