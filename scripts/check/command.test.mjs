import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkEach, combine, command } from "./command.mjs";

describe("command", () => {
  it("tells whether a program ended well, and all it printed", async () => {
    const script = "console.log('out'); console.error('err'); process.exitCode = Number(process.argv[1]);";
    assert.deepEqual(await command(process.execPath, ["-e", script, "0"]), { ok: true, output: "out\nerr\n" });
    assert.deepEqual(await command(process.execPath, ["-e", script, "3"]), { ok: false, output: "out\nerr\n" });
  });

  it("fails with a text when the program is not there", async () => {
    const { ok, output } = await command("no-such-program", []);
    assert.equal(ok, false);
    assert.match(output, /no-such-program cannot be started/);
  });
});

describe("combine", () => {
  it("is ok if all are, and keeps what the others printed", () => {
    assert.deepEqual(combine([{ ok: true, output: "a" }]), { ok: true, output: "" });
    assert.deepEqual(
      combine([
        { ok: true, output: "a" },
        { ok: false, output: "b" },
      ]),
      { ok: false, output: "b" },
    );
  });
});

describe("checkEach", () => {
  it("checks every item, at most two at once", async () => {
    let running = 0;
    let most = 0;
    const seen = [];
    const { ok } = await checkEach([1, 2, 3, 4, 5], async (item) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      seen.push(item);
      return { ok: item !== 3, output: "" };
    });
    assert.equal(ok, false);
    assert.equal(most, 2);
    assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5]);
  });
});
