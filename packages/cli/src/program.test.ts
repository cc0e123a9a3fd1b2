import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { commandList } from "./command-list.ts";
import { gantry } from "./testing/gantry.ts";

const entries = commandList.flatMap((entry) => ("commands" in entry ? entry.commands : [entry]));

describe("gantry without a daemon", { timeout: 60_000 }, () => {
  const absent = { GANTRY_ADDRESS: "unix:///nonexistent/gantry.sock" };

  it("shows help with every command, and ends with 0", async () => {
    const { code, stdout } = await gantry(["--help"]);
    assert.equal(code, 0);
    // Long ones go on in the next line.
    const text = stdout.replaceAll(/\n {20,}/g, " ");
    for (const { name, summary } of commandList) assert.match(text, new RegExp(`\\n  ${name}.* ${summary}`));
  });

  it("shows help of one command without running it", async () => {
    const { code, stdout } = await gantry(["run", "--help"], absent);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: gantry run \[options\] <image> \[command\.\.\.\]/);
  });

  it("ends with 2 after wrong usage, saying what is wrong", async () => {
    for (const [args, words] of [
      [["none"], /unknown command 'none'/],
      [["ps", "--none"], /unknown option '--none'/],
      [["rm"], /missing required argument 'container'/],
      [["run", "--network", "bridge", "x"], /Allowed choices are none, host/],
      [["run", "--userns", "auto", "x"], /Expected UID:GID:SIZE/],
      [["run", "--restart", "maybe", "x"], /Expected no, on-failure/],
      [["run", "--health-interval", "soon", "x"], /such as 500ms/],
      [["stop", "--time", "2 days", "x"], /such as 500ms/],
    ] as const) {
      const { code, stderr, stdout } = await gantry(args, absent);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, words);
    }
  });

  it("ends with 1, naming the address, where nobody listens", async () => {
    const { code, stderr, stdout } = await gantry(["ps"], absent);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^gantry: daemon "unix:\/\/\/nonexistent\/gantry\.sock": nobody listens there.*\n$/);
    assert.match((await gantry(["-a", "nowhere", "ps"])).stderr, /^gantry: daemon "nowhere": expected unix:/);
  });

  it("ends with 125 where a container was to be run", async () => {
    assert.equal((await gantry(["run", "busybox"], absent)).code, 125);
  });

  it("shows its own version all the same", async () => {
    const { code, stdout } = await gantry(["version", "--json"], absent);
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).daemon, null);
  });
});

describe("the list of commands", () => {
  it("has each file in commands/ once", async () => {
    const modules = await Promise.all(entries.map(({ load }) => load()));
    assert.equal(new Set(modules).size, entries.length);
    assert.equal(readdirSync(new URL("./commands/", import.meta.url)).length, entries.length);
  });
});
