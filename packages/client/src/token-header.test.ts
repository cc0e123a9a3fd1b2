import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "./index.ts";
import { authorizationFor } from "./token-header.ts";
import { createClient as createWebClient } from "./web.ts";

describe("a token", () => {
  for (const url of [
    "https://host:1",
    "http://localhost:1",
    "http://127.0.0.1:1",
    "http://127.1.2.3",
    "http://[::1]:1",
  ]) {
    it(`goes to ${url}`, () => assert.equal(authorizationFor("x", url), "Bearer x"));
  }

  for (const url of [
    "http://host:1",
    "http://localhost.evil.example",
    "http://192.0.2.1",
    "http://127.0.0.1.evil.example",
  ]) {
    it(`does not go to ${url}`, () => {
      assert.throws(() => authorizationFor("secret", url), { kind: "invalid-argument", message: /https only/ });
      assert.throws(() => createClient({ address: url, token: "secret" }), { kind: "invalid-argument" });
      assert.throws(() => createWebClient({ baseUrl: url, token: "secret" }), { kind: "invalid-argument" });
    });
  }

  it("is in no message, also where it cannot be sent", () => {
    for (const token of ["", "sec ret", "secret\r\nx: y", "sécret"]) {
      assert.throws(
        () => authorizationFor(token, "https://host"),
        (error) => !/ret/.test(String(error)),
      );
    }
  });
});
