import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freshMemory } from "../record.ts";
import { turnAt } from "../testing/made.ts";
import type { Rest, Turn } from "./program.ts";
import { findProgram, programNames } from "./shell.ts";

/** Plays a script from begin to end, with time going on from sleep to sleep. */
function play(script: string, { args = [], change = {} }: { args?: readonly string[]; change?: Partial<Turn> } = {}) {
  const shell = findProgram("sh") ?? assert.fail("no shell");
  const memory = freshMemory();
  const printed: string[] = [];
  const ignored: number[] = [];
  for (let now = 0, turns = 1; ; turns += 1) {
    // What a program keeps is JSON.
    const one = turnAt(now, change);
    const rest: Rest = shell(
      one.turn,
      ["-c", script, ...args],
      Object.assign(memory, JSON.parse(JSON.stringify(memory))),
    );
    printed.push(...one.printed);
    ignored.push(...one.ignored);
    if (rest.kind === "exit") return { status: rest.status, printed, ignored, now, turns };
    assert.equal(rest.kind, "sleep");
    now = rest.kind === "sleep" ? rest.until : now;
  }
}

describe("the simulated shell", () => {
  it("runs one command after the other, and ends as the last one did", () => {
    assert.deepEqual(play("echo a; echo b; false").printed, ["a\n", "b\n"]);
    assert.equal(play("true; false").status, 1);
    assert.equal(play("false; true").status, 0);
    assert.equal(play("").status, 0);
  });

  it("ends where it is told to, with eight bits", () => {
    assert.deepEqual(play("exit 3; echo never"), { status: 3, printed: [], ignored: [], now: 0, turns: 1 });
    assert.equal(play("exit 256").status, 0);
    assert.equal(play("false; exit").status, 1);
  });

  it("goes on where it was after a sleep", () => {
    const { status, printed, now, turns } = play("echo a; sleep 1; echo b; sleep 0.5; exit 7");
    assert.deepEqual({ status, printed, now, turns }, { status: 7, printed: ["a\n", "b\n"], now: 1_500, turns: 3 });
  });

  it("puts values in the place of variables", () => {
    const { printed } = play('false; echo $? $$ $NAME "$1-$2" $(hostname) $OTHER $9', { args: ["name", "one", "two"] });
    assert.deepEqual(printed, ["1 1 value one-two host  \n"]);
    assert.deepEqual(play("echo $0", { args: ["name"] }).printed, ["name\n"]);
  });

  it("loops until a command ends with 0", () => {
    let looks = 0;
    const exists = () => {
      looks += 1;
      return looks > 3;
    };
    const { status, printed, now } = play("until [ -e /end ]; do echo again; sleep 0.1; done; echo ending; exit 7", {
      change: { exists },
    });
    assert.equal(status, 7);
    assert.deepEqual(printed, ["again\n", "again\n", "again\n", "ending\n"]);
    assert.equal(now, 300);
  });

  it("lets others go on when a loop never waits", () => {
    let looks = 0;
    const exists = () => {
      looks += 1;
      return looks > 5_000;
    };
    const { status, turns } = play("until [ -e /end ]; do true; done", { change: { exists } });
    assert.equal(status, 0);
    assert.ok(turns > 10, `${turns}`);
  });

  it("ignores signals that it is told to", () => {
    assert.deepEqual(play("trap '' TERM INT").ignored, [15, 2]);
    const { status, printed } = play("trap 'exit 1' TERM");
    assert.equal(status, 2);
    assert.match(printed.join(""), /trap '' SIGNAL only/);
  });

  it("ends with 127 for a program that is not there, and goes on", () => {
    const { status, printed } = play("nothing; echo $?; nothing");
    assert.equal(status, 127);
    assert.deepEqual(printed, ["!sh: nothing: not found\n", "127\n", "!sh: nothing: not found\n"]);
  });

  it("refuses a script that it cannot read, before it runs any of it", () => {
    const { status, printed } = play("echo a; echo b | cat");
    assert.equal(status, 2);
    assert.deepEqual(printed, ["!sh: the simulation does not know |\n"]);
  });

  it("runs scripts only", () => {
    const { turn, printed } = turnAt(0);
    assert.deepEqual(findProgram("sh")?.(turn, [], freshMemory()), { kind: "exit", status: 2 });
    assert.match(printed.join(""), /sh -c SCRIPT only/);
  });
});

describe("findProgram", () => {
  it("finds programs by their names, and where they usually are", () => {
    for (const name of ["cat", "/bin/cat", "/usr/bin/cat", "/sbin/cat", "/usr/sbin/cat"]) {
      assert.notEqual(findProgram(name), undefined, name);
    }
    for (const name of programNames()) assert.notEqual(findProgram(name), undefined, name);
  });

  it("finds nothing else", () => {
    for (const name of ["", "/cat", "/opt/bin/cat", "../bin/cat", "toString", "__proto__", "constructor"]) {
      assert.equal(findProgram(name), undefined, name);
    }
  });
});
