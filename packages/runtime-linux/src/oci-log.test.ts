import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ociFailure } from "./oci-log.ts";

const entry = (msg: string, level = "error") => `${JSON.stringify({ level, msg, time: "2026-11-24T06:39:43Z" })}\n`;

describe("ociFailure", () => {
  it("takes the last error of the log", () => {
    assert.deepEqual(ociFailure(entry("first") + entry("second") + entry("a warning", "warning"), "printed"), {
      kind: "internal",
      message: "second",
    });
  });

  it("passes over what is torn or no JSON", () => {
    assert.equal(ociFailure(`${entry("whole")}{"level":"error","msg":"to`, "")?.message, "whole");
    assert.equal(ociFailure(`nonsense\n[]\nnull\n${entry("")}`, "printed\n")?.message, "printed");
  });

  it("takes what was printed last where nothing is logged", () => {
    assert.equal(ociFailure("", "runc: one\nrunc: two.\n\n")?.message, "two");
  });

  it("takes no time for a million characters, and still finds the cause behind them", () => {
    for (const filler of ["cannot ", "mount ", "container ", "exec: ", "/sys/fs/cgroup/"]) {
      const began = performance.now();
      const failure = ociFailure("", `exec: ${filler.repeat(1e6 / filler.length)}: executable file not found in $PATH`);
      assert.ok(performance.now() - began < 1000, filler);
      assert.equal(failure?.kind, "not-found");
    }
  });

  it("takes no time for lines that are none", () => {
    const began = performance.now();
    assert.equal(ociFailure("{\n".repeat(2_000_000), ""), null);
    assert.ok(performance.now() - began < 1000);
  });

  it("makes one short line or nothing of whatever it is given", () => {
    const pieces = [
      '{"level":"error","msg":"',
      '"}',
      "\n",
      "\0",
      "{",
      "[",
      "9e999",
      "\\",
      "\ud800",
      "runc: ",
      '"__proto__":',
    ];
    let seed = 1;
    const next = (below: number) => {
      // Numbers of Park and Miller, so that a failure comes again.
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const text = () => Array.from({ length: next(12) }, () => pieces[next(pieces.length)]).join("");
    for (let round = 0; round < 10_000; round += 1) {
      const [log, printed] = [text(), text()];
      const message = ociFailure(log, printed)?.message ?? "";
      assert.ok(message.length <= 1024 && !message.includes("\n"), JSON.stringify({ log, printed }));
    }
  });

  it("is null where nothing is said", () => {
    assert.equal(ociFailure("", " \n"), null);
  });

  it("makes one line of the message and cuts it", () => {
    const failure = ociFailure(entry(`a\n  b\t${"c".repeat(5_000)}`), "");
    assert.match(failure?.message ?? "", /^a b c+$/);
    assert.equal(failure?.message.length, 1024);
  });

  it("says what to do where the words do not", () => {
    const failure = ociFailure(entry("open /proc/self/fd: no such file or directory"), "");
    assert.match(failure?.message ?? "", /needs a mount of type proc at \/proc/);
  });

  for (const [message, kind] of [
    [
      'runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH',
      "not-found",
    ],
    ['exec: "/bin/nope": stat /bin/nope: no such file or directory', "not-found"],
    ["executable file `nope` not found in $PATH: No such file or directory", "not-found"],
    ['chdir to cwd ("/nowhere") set in config.json failed: no such file or directory', "not-found"],
    ['exec: "/etc/passwd": permission denied', "permission-denied"],
    ["open executable: Permission denied", "permission-denied"],
    ["exec format error", "invalid-argument"],
    ["container does not exist", "not-found"],
    ["cannot start a container that has stopped: container not running", "failed-precondition"],
    ["fork/exec /proc/self/exe: resource temporarily unavailable", "resource-exhausted"],
    ["mkdir /sys/fs/cgroup/x: no space left on device", "resource-exhausted"],
    ['error mounting "/nowhere" to rootfs at "/x": no such file or directory', "invalid-argument"],
    ["json: cannot unmarshal string into Go struct field", "invalid-argument"],
    ["openat2 /sys/fs/cgroup/x/memory.max: no such file or directory", "invalid-argument"],
    ["error closing exec fds: open /proc/self/fd: no such file or directory", "invalid-argument"],
    ["container init was OOM-killed (memory limit too low?)", "invalid-argument"],
    ["unable to set memory limit to 1 (current usage: 2400256, peak usage: 2736128)", "invalid-argument"],
    ["something that nobody has seen", "internal"],
  ] as const) {
    it(`takes for ${kind}: ${message}`, () => {
      assert.equal(ociFailure(entry(message), "")?.kind, kind);
    });
  }
});
