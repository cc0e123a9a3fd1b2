import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { parseConfig } from "./parse-config.ts";

const parse = (text: string) => parseConfig(text, "/etc/gantry/config.toml", "/etc/gantry");

describe("parseConfig", () => {
  it("reads everything there is", () => {
    const config = parse(`
version = 1
root = "/r"
state = "/s"
log_level = "debug"
[listen]
address = "unix:///x"
allowed_origins = ["https://console.example"]
[defaults]
runtime = "kata"
snapshotter = "native"
[runtimes.linux.options]
ociRuntime = "crun"
[runtimes.kata]
address = "unix:///run/kata.sock"
[snapshotters."my own"]
module = "./own.js"
`);
    assert.deepEqual(config, {
      ...{ root: "/r", state: "/s", logLevel: "debug", directory: "/etc/gantry" },
      listen: { address: "unix:///x", allowedOrigins: ["https://console.example"] },
      defaults: { runtime: "kata", snapshotter: "native" },
      runtimes: new Map([
        ["linux", { options: { ociRuntime: "crun" } }],
        ["kata", { address: "unix:///run/kata.sock", options: {} }],
      ]),
      snapshotters: new Map([["my own", { module: "./own.js", options: {} }]]),
    });
  });

  const wrong = {
    "": "version must be 1",
    "version = 2": "line 1: version must be 1",
    "version = 1\ncolour = 3": "line 2: colour is unknown",
    "version = 1\n[listen]\n\nadress = 'x'": "line 4: listen.adress is unknown",
    "version = 1\n[listen]\naddress = 7": "line 3: listen.address must be a text",
    "version = 1\n[listen]\nallowed_origins = 'x'": "line 3: listen.allowed_origins must be a list of texts",
    "version = 1\nlog_level = 'loud'": "line 2: log_level must be one of trace",
    "version = 1\n[runtimes.x]\nmodule = 'a'\naddress = 'b'": "line 4: runtimes.x.address module and address",
    "version = 1\nlisten = 3": "line 2: listen must be a table",
    "version = 1\nx = ": "line 2, column 5",
    "version = 1\n[mystery]\n[mystery.deeper]": "line 2: mystery is unknown",
  };
  for (const [text, message] of Object.entries(wrong)) {
    it(`rejects ${JSON.stringify(text)} with invalid-argument, naming the place`, () => {
      const matches = (error: unknown) =>
        isOperationError(error, "invalid-argument") && error.message.includes(message);
      assert.throws(() => parse(text), matches);
    });
  }
});
