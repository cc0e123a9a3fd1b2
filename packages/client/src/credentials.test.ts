import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { credentialsFrom } from "./credentials.ts";

describe("credentials from the environment", () => {
  let directory: string;
  const file = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "gantry-credentials-"));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("are none where none are named", () => {
    assert.deepEqual(credentialsFrom({ GANTRY_TOKEN: "", GANTRY_TLS_CA: "" }), { tls: {} });
  });

  it("take a token from its variable, else from a file without the end of its line", () => {
    const GANTRY_TOKEN_FILE = file("token", "from-file\n");
    assert.equal(credentialsFrom({ GANTRY_TOKEN_FILE }).token, "from-file");
    assert.equal(credentialsFrom({ GANTRY_TOKEN_FILE, GANTRY_TOKEN: "direct" }).token, "direct");
  });

  it("take authority, certificate and key from files", () => {
    const env = {
      GANTRY_TLS_CA: file("ca", "1"),
      GANTRY_TLS_CERT: file("cert", "2"),
      GANTRY_TLS_KEY: file("key", "3"),
    };
    const { tls } = credentialsFrom(env);
    assert.deepEqual([tls?.ca, tls?.cert, tls?.key].map(String), ["1", "2", "3"]);
  });

  it("name the variable and the file that cannot be read", () => {
    const GANTRY_TOKEN_FILE = join(directory, "none");
    assert.throws(() => credentialsFrom({ GANTRY_TOKEN_FILE }), {
      kind: "invalid-argument",
      message: /none.*GANTRY_TOKEN_FILE cannot be read/,
    });
  });
});
