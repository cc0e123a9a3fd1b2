import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { quoted } from "./shell.ts";

describe("quoted", () => {
  it("leaves words alone that need no quotes", () => {
    for (const word of ["overlay", "/a/b-c_d", "index=off,lowerdir=/a:/b", "user@host", "50%", "+x"]) {
      assert.equal(quoted(word), word);
    }
  });

  it("is read by a shell as it was", () => {
    const words = ["", " ", "a b", "it's", "''", "$HOME", "`x`", "a\nb", "\\", '"', "*", "~", "#", "a;b", "ü", "!"];
    const script = `for word in ${words.map(quoted).join(" ")}; do printf '%s\\0' "$word"; done`;
    const read = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
    assert.deepEqual(read.split("\0").slice(0, -1), words);
  });
});
