import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultAddress, parseAddress } from "./address.ts";
import { createClient } from "./index.ts";

describe("defaultAddress", () => {
  it("is what the environment says", () => {
    assert.equal(defaultAddress({ GANTRY_ADDRESS: "http://127.0.0.1:1" }), "http://127.0.0.1:1");
  });

  it("is the system's socket for root, the user's own for others", () => {
    const isRoot = process.getuid?.() === 0;
    const expected = isRoot ? "unix:///run/gantry/gantry.sock" : "unix:///run/user/7/gantry/gantry.sock";
    assert.equal(defaultAddress({ XDG_RUNTIME_DIR: "/run/user/7" }), expected);
    assert.equal(defaultAddress({}), "unix:///run/gantry/gantry.sock");
  });
});

describe("defaultAddress on Windows", () => {
  it("is a named pipe", () => assert.equal(defaultAddress({}, "win32"), "npipe:////./pipe/gantry"));
});

describe("parseAddress", () => {
  it("reads sockets and URLs", () => {
    assert.deepEqual(parseAddress("unix:///run/x.sock"), { kind: "unix", path: "/run/x.sock" });
    assert.deepEqual(parseAddress("/run/x.sock"), { kind: "unix", path: "/run/x.sock" });
    assert.deepEqual(parseAddress("npipe:////./pipe/gantry"), { kind: "unix", path: "//./pipe/gantry" });
    assert.deepEqual(parseAddress("http://127.0.0.1:80/"), { kind: "http", baseUrl: "http://127.0.0.1:80" });
  });

  for (const address of [
    "",
    "run/x.sock",
    "unix://x",
    "unix:///a\0b",
    `unix:///${"x".repeat(107)}`,
    "tcp://x:1",
    "npipe:////server/pipe/x",
    "http://",
  ]) {
    it(`rejects ${JSON.stringify(address.slice(0, 20))} with invalid-argument`, () => {
      assert.throws(() => parseAddress(address), {
        kind: "invalid-argument",
        subject: { type: "daemon", id: address },
      });
    });
  }
});

describe("createClient", () => {
  it("rejects an address or a namespace of the wrong form at once", () => {
    assert.throws(() => createClient({ address: "x" }), { kind: "invalid-argument" });
    assert.throws(() => createClient({ namespace: "a b" }), {
      kind: "invalid-argument",
      subject: { type: "namespace", id: "a b" },
    });
  });
});
