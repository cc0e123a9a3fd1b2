import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isOperationError } from "@gantry/client";
import { parseConfig } from "@gantry/daemon";
import { shownCommands } from "../harness/console-page.ts";
import { installExample, type PackedExample } from "./testing/packed-example.ts";
import { RuntimeStand } from "./testing/runtime-stand.ts";
import { blocksOf, isExcerpt, TryHome } from "./testing/try-page.ts";

const name = "runtime-process";
const page = fileURLToPath(new URL("../docs/writing-a-runtime.md", import.meta.url));

const skip = process.platform === "linux" && process.getuid?.() === 0 ? false : "needs Linux, and root for gantryd";

describe("examples/runtime-process, with the packed @gantry/api", { skip }, () => {
  let example: PackedExample;

  before(async () => {
    example = await installExample(name);
  });
  after(() => example[Symbol.asyncDispose]());

  it("depends on @gantry/api and nothing else, and has less than 250 lines", async () => {
    const { dependencies } = JSON.parse(await readFile(join(example.directory, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(dependencies), ["@gantry/api"]);
    const files = (await readdir(join(example.directory, "src"))).map((file) => join(example.directory, "src", file));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const lines = texts.flatMap((text) => text.trimEnd().split("\n"));
    assert.ok(lines.length < 250, `${lines.length} lines`);
  });

  it("has sound types", async () => {
    await example.run("npm", "run", "--silent", "check");
  });

  it("is what docs/writing-a-runtime.md is cut from", async () => {
    for (const { file, text } of (await blocksOf(page, name)).filter(({ language }) => language === "ts")) {
      const source = await readFile(join(example.directory, file), "utf8");
      assert.ok(isExcerpt(text, source), `not in ${file}:\n${text}`);
    }
  });

  it("does what docs/writing-a-runtime.md shows, its own tests among it", async (test) => {
    await using home = await TryHome.make(example);
    const blocks = await blocksOf(page, name);
    await home.writeConfig(blocks.find(({ language }) => language === "toml")?.text ?? "");
    for (const { language, text } of blocks) {
      if (language === "sh") await home.serve(text.trim());
      for (const { command, output } of shownCommands(`\`\`\`${language}\n${text}\`\`\``)) {
        test.diagnostic(command);
        assert.equal(await home.run(command), output, command);
      }
    }
    const configs = blocks.filter(({ language }) => language === "toml");
    for (const { text } of configs) assert.ok(parseConfig(text, "gantryd.toml", "/").runtimes.has("process"));
    assert.equal(configs.length, 2);
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

  it("may come after the daemon, and its containers are found when it comes", async () => {
    await using stand = await RuntimeStand.start(example.directory, "late");
    await assert.rejects(stand.create("early"), (error) => isOperationError(error, "unavailable"));
    await stand.startRuntime();
    await stand.whenThere(() => stand.create("web"));
    const pid = await stand.client.containers.start("web");

    await stand.killRuntime();
    await stand.restartDaemon();
    const { state, reason } = await stand.client.containers.get("web");
    assert.equal(state.status, "unknown");
    assert.match(reason, /is not ready/);
    await stand.startRuntime();
    assert.ok(pid);
    process.kill(pid, "SIGKILL");
    const exit = await stand.whenThere(() => stand.client.containers.wait("web"));
    assert.equal(exit.status, 137);
    await stand.client.containers.delete("web");
    assert.deepEqual(await stand.leftovers(), []);
  });
});
