import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compile, ScriptError } from "./script.ts";

/** Writes what a script was read as: words between spaces, variables in braces. */
function read(script: string): readonly string[] {
  return compile(script).map((instruction) => {
    if ("jump" in instruction) return `jump ${instruction.jump}`;
    if ("jumpOnSuccess" in instruction) return `on success ${instruction.jumpOnSuccess}`;
    const words = instruction.run.map((word) =>
      word.map((part) => ("text" in part ? part.text : `{${part.variable}}`)).join(""),
    );
    return `run ${words.join("|")}`;
  });
}

describe("compile", () => {
  it("reads commands between semicolons and newlines, with any number of either", () => {
    assert.deepEqual(read("echo a b; echo c\n\n ;; echo  d ;"), ["run echo|a|b", "run echo|c", "run echo|d"]);
    assert.deepEqual(read(""), []);
    assert.deepEqual(read(" ;\n"), []);
  });

  it("takes quoted text as it is, also spaces, separators and other quotes", () => {
    assert.deepEqual(read("echo 'a;  b' \"c'd\ne\""), ["run echo|a;  b|c'd\ne"]);
    assert.deepEqual(read("echo a'b'\"c\"d"), ["run echo|abcd"]);
    assert.deepEqual(read("trap '' TERM"), ["run trap||TERM"]);
    assert.deepEqual(read('echo "" x'), ["run echo||x"]);
    assert.deepEqual(read('echo "a|b&c"'), ["run echo|a|b&c"]);
  });

  it("takes a character behind a backslash as it is", () => {
    assert.deepEqual(read("echo a\\ b \\$x \\;"), ["run echo|a b|$x|;"]);
  });

  it("finds variables outside of single quotes", () => {
    assert.deepEqual(read("echo $$ $? $1 $NAME pre$(hostname)post"), [
      "run echo|{$}|{?}|{1}|{NAME}|pre{(hostname)}post",
    ]);
    assert.deepEqual(read("echo \"x $1 y\" '$1'"), ["run echo|x {1} y|$1"]);
  });

  it("makes a loop of until", () => {
    assert.deepEqual(read("echo a; until [ -e /x ]; do sleep 1; echo b; done; echo c"), [
      "run echo|a",
      "run [|-e|/x|]",
      "on success 6",
      "run sleep|1",
      "run echo|b",
      "jump 1",
      "run echo|c",
    ]);
    assert.deepEqual(read("until true\ndo\nfalse\ndone"), ["run true", "on success 4", "run false", "jump 0"]);
  });

  it("makes loops in loops", () => {
    assert.deepEqual(read("until a; do until b; do c; done; done"), [
      "run a",
      "on success 7",
      "run b",
      "on success 6",
      "run c",
      "jump 2",
      "jump 0",
    ]);
  });

  it("refuses what it does not know, and names it", () => {
    for (const [script, reason] of [
      ["a | b", /\|/],
      ["a && b", /&/],
      ["a > /file", />/],
      ["(a)", /\(/],
      ["echo `a`", /`/],
      ["echo $(ls)", /\$/],
      ["echo 'open", /'/],
      ['echo "open', /quote/],
      ["done", /done without until/],
      ["until a; do b", /until without done/],
    ] as const) {
      assert.throws(
        () => compile(script),
        (error: unknown) => error instanceof ScriptError && reason.test(error.message),
        script,
      );
    }
  });
});
