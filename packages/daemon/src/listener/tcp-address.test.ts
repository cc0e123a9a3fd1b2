import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TcpConfig } from "../config/tcp-config.ts";
import { placeOf } from "./tcp-address.ts";

const open: TcpConfig = { address: "tcp://127.0.0.1:7443", tokens: true, allowedHosts: new Set(), clients: new Map() };
const tls = { certificate: "/c", key: "/k" };
const withCa = { ...tls, clientCa: "/ca" };
const clients = new Map([["ci", { role: "reader", namespaces: "all" } as const]]);

describe("an address of TCP", () => {
  const fine: readonly (readonly [Partial<TcpConfig>, string, number])[] = [
    [{}, "127.0.0.1", 7443],
    [{ address: "tcp://localhost:0" }, "127.0.0.1", 0],
    [{ address: "tcp://[::1]:80" }, "::1", 80],
    [{ address: "tcp://127.9.9.9:80" }, "127.9.9.9", 80],
    [{ address: "tcp://0.0.0.0:80", tls }, "0.0.0.0", 80],
    [{ address: "tcp://192.0.2.1:80", tokens: false, tls: withCa, clients }, "192.0.2.1", 80],
  ];
  for (const [config, host, port] of fine) {
    it(`is taken: ${JSON.stringify(config)}`, () => assert.deepEqual(placeOf({ ...open, ...config }), { host, port }));
  }

  const refused: readonly (readonly [Partial<TcpConfig>, RegExp])[] = [
    [{ address: "127.0.0.1:80" }, /must be "tcp/],
    [{ address: "tcp://example.com:80" }, /must be "tcp/],
    [{ address: "tcp://127.0.0.1:70000" }, /must be "tcp/],
    [{ address: "tcp://127.0.0.1" }, /must be "tcp/],
    [{ tokens: false }, /must show who they are/],
    [{ tokens: false, tls }, /must show who they are/],
    [{ tokens: false, tls: withCa }, /no client certificate has a role/],
    [{ address: "tcp://0.0.0.0:80" }, /without TLS only this machine/],
    [{ address: "tcp://[::]:80" }, /without TLS only this machine/],
    [{ address: "tcp://192.0.2.1:80" }, /without TLS only this machine/],
  ];
  for (const [config, message] of refused) {
    it(`is refused: ${JSON.stringify(config)}`, () => {
      assert.throws(() => placeOf({ ...open, ...config }), { kind: "invalid-argument", message });
    });
  }
});
