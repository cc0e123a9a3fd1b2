import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAddress } from "./address.ts";

const subject = { type: "runtime", id: "the address" } as const;

describe("parseAddress", () => {
  it("takes the address of a socket as it is written", () => {
    assert.deepEqual(parseAddress("unix:///run/a b/%20.sock", subject), { kind: "unix", path: "/run/a b/%20.sock" });
  });

  it("takes ports of the loopback", () => {
    assert.deepEqual(parseAddress("http://127.0.0.1:8080", subject), { kind: "tcp", host: "127.0.0.1", port: 8080 });
    assert.deepEqual(parseAddress("http://[::1]:0/", subject), { kind: "tcp", host: "::1", port: 0 });
    assert.deepEqual(parseAddress("http://localhost", subject), { kind: "tcp", host: "localhost", port: 80 });
  });

  for (const address of [
    "",
    "/run/s",
    "unix:",
    "unix://run/s",
    "unix:///a\0b",
    "tcp://127.0.0.1:1",
    "https://127.0.0.1",
    "http://127.0.0.1/x",
    "http://u@127.0.0.1",
    "http://",
  ]) {
    it(`rejects ${JSON.stringify(address)} with invalid-argument`, () => {
      assert.throws(() => parseAddress(address, subject), { kind: "invalid-argument", subject });
    });
  }

  it("rejects other hosts with invalid-argument", () => {
    for (const host of ["0.0.0.0", "10.0.0.1", "example.com", "[::]", "127.0.0.1.example.com"]) {
      assert.throws(() => parseAddress(`http://${host}:1`, subject), {
        kind: "invalid-argument",
        message: /not on this host/,
      });
    }
  });

  it("rejects a path that no socket can have with invalid-argument, telling both lengths", () => {
    const longest = `/${"ü".repeat(53)}`;
    assert.deepEqual(parseAddress(`unix://${longest}`, subject), { kind: "unix", path: longest });
    assert.throws(() => parseAddress(`unix://${longest}x`, subject), {
      kind: "invalid-argument",
      message: /108 bytes.* 107/,
    });
  });
});
