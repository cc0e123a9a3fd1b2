import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freshMemory } from "../record.ts";
import { turnAt } from "../testing/made.ts";
import { commands } from "./commands.ts";
import type { Turn } from "./program.ts";

/** Runs a command for one turn; tells what it printed and how it rests. */
function play(name: string, args: readonly string[], change: Partial<Turn> = {}) {
  const { turn, printed } = turnAt(1_000, change);
  const memory = freshMemory();
  const rest = commands[name]?.(turn, args, memory) ?? assert.fail(`no command ${name}`);
  return { rest, printed, memory, status: rest.kind === "exit" ? rest.status : rest.kind };
}

describe("commands", () => {
  it("end with 0 or 1 for true and false", () => {
    assert.equal(play("true", []).status, 0);
    assert.equal(play("false", []).status, 1);
  });

  it("print their arguments, the host's name, and the environment", () => {
    assert.deepEqual(play("echo", ["a", "b"]).printed, ["a b\n"]);
    assert.deepEqual(play("echo", []).printed, ["\n"]);
    assert.deepEqual(play("hostname", []).printed, ["host\n"]);
    assert.deepEqual(play("printenv", ["NAME"]).printed, ["value\n"]);
    const missing = play("printenv", ["OTHER"]);
    assert.deepEqual([missing.status, missing.printed], [1, []]);
  });

  it("list the processes of the container", () => {
    assert.deepEqual(play("ps", []).printed, ["  PID USER     COMMAND\n    1 root     sh -c x\n"]);
  });

  it("sleep for a while, and end in the next turn", () => {
    const { rest, memory } = play("sleep", ["1.5"]);
    assert.deepEqual(rest, { kind: "sleep", until: 2_500 });
    const { turn } = turnAt(2_500);
    assert.deepEqual(commands["sleep"]?.(turn, ["1.5"], memory), { kind: "exit", status: 0 });
    assert.equal(play("sleep", ["0"]).status, 0);
  });

  it("refuse to sleep for what is no number", () => {
    for (const seconds of ["", "x", "-1", "NaN"]) {
      const { status, printed } = play("sleep", [seconds]);
      assert.equal(status, 2, seconds);
      assert.match(printed.join(""), /^!sleep: no number of seconds/);
    }
  });

  it("copy input until it ends", () => {
    const takeInput = () => Buffer.from("typed\n");
    const open = play("cat", [], { takeInput, isInputClosed: false });
    assert.deepEqual([open.status, open.printed], ["input", ["typed\n"]]);
    const closed = play("cat", [], { takeInput });
    assert.deepEqual([closed.status, closed.printed], [0, ["typed\n"]]);
  });

  it("show files, and go on behind one that is not there", () => {
    const { status, printed } = play("cat", ["/not", "/there"]);
    assert.equal(status, 1);
    assert.deepEqual(printed, ["!cat: can't open '/not': No such file or directory\n", "content\n"]);
  });

  it("ask whether a file is there, and nothing else", () => {
    assert.equal(play("[", ["-e", "/there", "]"]).status, 0);
    assert.equal(play("[", ["-e", "/not", "]"]).status, 1);
    assert.equal(play("[", ["-d", "/there", "]"]).status, 2);
    assert.equal(play("[", ["-e", "/there"]).status, 2);
  });

  it("make files", () => {
    const made: string[] = [];
    assert.equal(play("touch", ["/a", "/b"], { touch: (path) => made.push(path) }).status, 0);
    assert.deepEqual(made, ["/a", "/b"]);
  });

  it("print both streams as they are, once, also when they go on", () => {
    const ended = play("print", ["out", "err\n"]);
    assert.deepEqual([ended.status, ended.printed], [0, ["out", "!err\n"]]);
    const { rest, memory } = play("print", ["out", "", "2"]);
    assert.deepEqual(rest, { kind: "sleep", until: 3_000 });
    const { turn, printed } = turnAt(3_000);
    commands["print"]?.(turn, ["out", "", "2"], memory);
    assert.deepEqual(printed, []);
  });

  it("flood with exactly so many bytes, in lines", () => {
    for (const bytes of [0, 1, 65_536, 200_001]) {
      const text = play("flood", [String(bytes)]).printed.join("");
      assert.equal(text.length, bytes);
      assert.ok(text.startsWith("0123456789abcde\n".slice(0, bytes)));
    }
  });
});
