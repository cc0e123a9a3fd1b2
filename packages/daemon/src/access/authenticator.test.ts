import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Authenticator } from "./authenticator.ts";
import type { Caller } from "./caller.ts";

const peer: Caller = { facts: { address: "192.0.2.1" }, grant: null };
const withCertificate: Caller = { ...peer, grant: { role: "reader", namespaces: "all" } };
const call = { peer, address: "192.0.2.1", authorization: undefined, method: "a.B/C", isOpen: false };

describe("Authenticator, where tokens are not taken", () => {
  const authenticator = new Authenticator(null, () => 0);

  it("knows whoever has shown a certificate that was given a role", () => {
    assert.equal(authenticator.identify({ ...call, peer: withCertificate }), withCertificate);
  });

  it("lets anybody call what is open to everybody", () => {
    assert.equal(authenticator.identify({ ...call, isOpen: true }), peer);
  });

  it("takes no token, whatever certificate there is", () => {
    for (const authorization of ["Bearer gantry_x", "Basic eA==", ""]) {
      const shown = { ...call, peer: withCertificate, authorization };
      assert.throws(() => authenticator.identify(shown), { kind: "unauthenticated", message: /client certificate/ });
    }
  });
});
