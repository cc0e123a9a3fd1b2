import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isOperationError } from "@gantry/client";
import { installExample, type PackedExample } from "./testing/packed-example.ts";
import { RuntimeStand } from "./testing/runtime-stand.ts";

const skip = process.platform === "linux" && process.getuid?.() === 0 ? false : "needs Linux, and root for gantryd";

describe("examples/runtime-process, with the packed @gantry/api", { skip }, () => {
  let example: PackedExample;

  before(async () => {
    example = await installExample("runtime-process");
  });
  after(() => example[Symbol.asyncDispose]());

  it("depends on @gantry/api and nothing else, and has files that are read in one sitting", async () => {
    const { dependencies } = JSON.parse(await readFile(join(example.directory, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(dependencies), ["@gantry/api"]);
    for (const name of await readdir(join(example.directory, "src"))) {
      const lines = (await readFile(join(example.directory, "src", name), "utf8")).split("\n");
      assert.ok(lines.length < 250, `${name} has ${lines.length} lines`);
    }
  });

  it("has sound types", async () => {
    await example.run("npm", "run", "--silent", "check");
  });

  it("passes its own tests, the runtime suite among them", async () => {
    const output = await example.run("npm", "test", "--silent");
    assert.match(output, /^. fail 0$/m);
    assert.ok(Number(/^. pass (\d+)$/m.exec(output)?.[1]) > 70, output.slice(-1_000));
  });

  for (const how of ["by address", "by module"] as const) {
    it(`serves a daemon that takes it ${how}, whose containers outlive it`, async () => {
      await using stand = await RuntimeStand.start(example.directory, how);
      await stand.create("web");
      const pid = await stand.client.containers.start("web");
      await assert.rejects(stand.client.containers.start("web"), { kind: "failed-precondition" });
      await assert.rejects(stand.create("web2", { terminal: true }), { kind: "unimplemented" });
      assert.equal(await stand.printed("web", ["sh", "-c", "echo $GREETING"]), "hello\n");

      await stand.restartDaemon();
      assert.deepEqual((await stand.client.containers.get("web")).state, { status: "running", pid, exit: null });
      assert.equal(await stand.printed("web", ["sh", "-c", "echo again"]), "again\n");
      await stand.client.containers.kill("web", "SIGKILL");
      assert.equal((await stand.client.containers.wait("web")).status, 137);
      await stand.client.containers.delete("web");
      assert.deepEqual(await stand.leftovers(), []);
    });
  }

  it("may die and come back: calls reject with unavailable meanwhile, and every end is told", async () => {
    await using stand = await RuntimeStand.start(example.directory, "by address");
    for (const id of ["goes-on", "ends"]) {
      await stand.create(id);
      await stand.client.containers.start(id);
    }
    const { pid } = (await stand.client.containers.get("goes-on")).state;
    const ends = (await stand.client.containers.get("ends")).state.pid ?? 0;

    await stand.killRuntime();
    process.kill(ends, "SIGKILL");
    const lost = await stand.client.containers.get("goes-on");
    assert.equal(lost.state.status, "unknown");
    assert.notEqual(lost.reason, "");
    for (const call of [
      stand.client.containers.kill("goes-on"),
      stand.create("new"),
      stand.printed("goes-on", ["sh"]),
    ]) {
      await assert.rejects(call, (error) => isOperationError(error, "unavailable"));
    }

    await stand.startRuntime();
    assert.deepEqual((await stand.client.containers.get("goes-on")).state, { status: "running", pid, exit: null });
    assert.equal((await stand.client.containers.wait("ends")).status, 137);
    assert.deepEqual(await stand.nextExit(), { id: "ends", status: 137 });
    for (const id of ["goes-on", "ends"]) await stand.client.containers.delete(id, { force: true });
    assert.deepEqual(await stand.leftovers(), []);
  });
});
