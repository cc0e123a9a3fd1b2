import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig } from "./parse-config.ts";
import { withTcpFlags } from "./tcp-flags.ts";

const parse = (text: string) =>
  parseConfig(`version = 1\n${text}`, "/etc/gantry/config.toml", "/etc/gantry").listen.tcp;

describe("[listen.tcp]", () => {
  it("is not there by default", () => assert.equal(parse("[listen]"), undefined));

  it("says all there is to say", () => {
    const config = parse(`[listen.tcp]
address = "tcp://0.0.0.0:7443"
tokens = true
allowed_hosts = ["Gantry.example"]
certificate = "server.pem"
key = "/keys/server.key"
client_ca = "clients.pem"
tls_min_version = "1.2"
[listen.tcp.clients."ci.example"]
role = "operator"
namespaces = ["ci", "build"]
[listen.tcp.clients.root]
role = "admin"
all_namespaces = true
`);
    assert.deepEqual(config, {
      address: "tcp://0.0.0.0:7443",
      tokens: true,
      allowedHosts: new Set(["gantry.example"]),
      tls: {
        certificate: "/etc/gantry/server.pem",
        key: "/keys/server.key",
        clientCa: "/etc/gantry/clients.pem",
        minVersion: "TLSv1.2",
      },
      clients: new Map<string, object>([
        ["ci.example", { role: "operator", namespaces: new Set(["ci", "build"]) }],
        ["root", { role: "admin", namespaces: "all" }],
      ]),
    });
  });

  const wrong = {
    "[listen.tcp]\ntokens = true": /listen\.tcp\.address is missing/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\ntokens = "yes"': /line 4: listen\.tcp\.tokens must be true or false/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\nkey = "k"': /certificate and key belong together/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\nclient_ca = "k"': /needs certificate and key/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\ntls_min_version = "1.1"': /must be "1\.2" or "1\.3"/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\n[listen.tcp.clients.a]\nrole = "root"\nall_namespaces = true':
      /must be one of reader/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\n[listen.tcp.clients.a]\nrole = "admin"': /either some namespaces or/,
    '[listen.tcp]\naddress = "tcp://[::1]:1"\ninsecure = true': /insecure is unknown/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parse(text), { kind: "invalid-argument", message });
    });
  }
});

describe("flags about TCP", () => {
  const file = { address: "tcp://[::1]:1", tokens: false, allowedHosts: new Set(["h"]), clients: new Map() };

  it("leave a file as it is where there are none", () => {
    assert.deepEqual(withTcpFlags(file, {}), { tcp: file });
    assert.deepEqual(withTcpFlags(undefined, {}), {});
  });

  it("win over the file, one by one", () => {
    const flags = { listen: "tcp://[::1]:2", tokens: true, tlsCertificate: "/c", tlsKey: "/k" } as const;
    const tls = { certificate: "/c", key: "/k" };
    assert.deepEqual(withTcpFlags(file, flags), { tcp: { ...file, address: "tcp://[::1]:2", tokens: true, tls } });
    const withTls = { ...file, tls: { ...tls, clientCa: "/ca", minVersion: "TLSv1.2" } as const };
    const changed = withTcpFlags(withTls, { tlsKey: "/other" }).tcp?.tls;
    assert.deepEqual(changed, { ...withTls.tls, key: "/other" });
  });

  it("are refused where they belong to nothing", () => {
    assert.throws(() => withTcpFlags(undefined, { tokens: true }), { kind: "invalid-argument" });
    assert.throws(() => withTcpFlags(file, { tlsKey: "/k" }), { kind: "invalid-argument" });
  });
});
