import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { GantrydProcess } from "./testing/gantryd-process.ts";
import { temporaryDirectory } from "./testing/test-daemon.ts";

describe("signals to gantryd", { timeout: 120_000, skip: process.platform === "win32" && "needs signals" }, () => {
  it("have it read its configuration again, as far as it can be understood", async () => {
    const directory = temporaryDirectory();
    const config = join(directory, "gantry.toml");
    const write = (text: string) => writeFileSync(config, `version = 1\n${text}`);
    write('log_level = "info"\n');
    await using gantryd = new GantrydProcess({ flags: ["--config", config] }, directory);
    await gantryd.line("serving");

    write('log_level = "debug"\n[defaults]\nruntime = "linux"\n');
    gantryd.child.kill("SIGHUP");
    assert.deepEqual((await gantryd.line("the configuration was read again"))["changed"], ["log_level"]);
    const warning = await gantryd.line("these can only be changed by starting the daemon anew");
    assert.deepEqual(warning["keys"], ["defaults.runtime"]);

    const seen = gantryd.lines.length;
    write("log_level = 'debug'\n  colour = 3\n");
    gantryd.child.kill("SIGHUP");
    const line = await gantryd.line("the configuration is wrong, nothing was changed", seen);
    assert.match(`${line["place"]}`, /gantry\.toml:3:3: colour is unknown/);
  });

  it("have it tell what it is at, in the log and in a file for root alone", async () => {
    await using gantryd = new GantrydProcess({ flags: ["--log-level", "warn"] });
    // Before it serves it remembers that it was asked.
    const waited = gantryd.line("dump");
    for (const file = `/proc/${gantryd.child.pid}/status`; ; await new Promise(setImmediate)) {
      // Until ours is there SIGUSR1 has a handler of Node's own; ours for SIGHUP, the number 1, is made together with it.
      if (gantryd.lines.length > 0 || BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(readFileSync(file, "utf8"))?.[1]}`) & 1n)
        break;
    }
    gantryd.child.kill("SIGUSR1");
    const { dump, path } = await waited;
    assert.equal(path, join(gantryd.directory, "s", "dump.json"));
    assert.deepEqual(JSON.parse(readFileSync(`${path}`, "utf8")), dump);
    assert.equal(statSync(`${path}`).mode & 0o777, 0o600);
    assert.equal(typeof dump, "object");
    const facts = new Map(Object.entries(dump ?? {}));
    assert.equal(facts.get("pid"), gantryd.child.pid);
    assert.deepEqual(facts.get("containers"), { created: 0, running: 0, paused: 0, stopped: 0, unknown: 0 });
    assert.deepEqual(facts.get("queues"), { containers: 0, snapshots: 0, content: 0, gc: 0 });
    assert.deepEqual(facts.get("calls"), { working: 0, lasting: 0 });
    assert.equal(facts.get("subscribers"), 0);
    assert.ok(JSON.stringify(facts.get("plugins")).includes('"type":"snapshotter","id":"native","status":"ready"'));
  });
});
