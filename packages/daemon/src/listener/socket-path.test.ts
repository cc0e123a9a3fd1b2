import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { socketPathOf } from "./socket-path.ts";

describe("socketPathOf", () => {
  it("is the path of a socket, and on Windows the name of a pipe", () => {
    assert.equal(socketPathOf("unix:///run/x.sock"), "/run/x.sock");
    assert.equal(socketPathOf("npipe:////./pipe/gantry", "win32"), "//./pipe/gantry");
  });

  const wrong = {
    "npipe:////./pipe/gantry": "linux",
    "npipe:////./pipe/": "win32",
    "npipe:////./pipe/a/b": "win32",
    "npipe:////server/pipe/x": "win32",
    "unix://x": "linux",
    "tcp://127.0.0.1:1": "linux",
  } as const;
  for (const [address, platform] of Object.entries(wrong)) {
    it(`refuses ${address} on ${platform}`, () => {
      assert.throws(() => socketPathOf(address, platform), { kind: "invalid-argument" });
    });
  }
});
