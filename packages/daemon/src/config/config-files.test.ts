import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { temporaryDirectory } from "../testing/test-daemon.ts";
import { checkedFiles } from "./check-config.ts";
import { describeConfigError } from "./config-error.ts";
import { readConfigFiles } from "./config-files.ts";
import { dumpedConfig } from "./dump-config.ts";
import { type Flags, readSettings } from "./settings.ts";

describe("the configuration's files", () => {
  let directory = "";
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const file = (name: string) => join(directory, name);
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(file(name)), { recursive: true });
      writeFileSync(file(name), text);
    }
  };
  const flags = () => ({ config: file("gantry.toml") });
  const complaint = (given: Flags = flags()) => {
    try {
      checkedFiles(given);
    } catch (error) {
      return describeConfigError(error)?.replaceAll(`${directory}/`, "");
    }
    return undefined;
  };

  it("are the main one and those of conf.d in the order of their names, of each key the last word", () => {
    write({
      "gantry.toml": `version = 1\nlog_level = "warn"\nroot = "/main"\n[listen]\nallowed_origins = ["https://a.example", "https://b.example"]\n`,
      "conf.d/20-late.toml": `[listen]\nallowed_origins = ["https://c.example"]\n[runtimes.x]\nmodule = "./x.js"\n`,
      "conf.d/10-early.toml": `log_level = "debug"\nstate = "/early"\n[runtimes.x.options]\na = 1\n`,
      "conf.d/.hidden.toml": "what is this",
      "conf.d/README": "nor this",
    });
    assert.deepEqual(checkedFiles(flags()), ["gantry.toml", "conf.d/10-early.toml", "conf.d/20-late.toml"].map(file));
    const { config, root, state, address, logLevel } = readSettings(flags());
    assert.deepEqual({ root, state, logLevel }, { root: "/main", state: "/early", logLevel: "debug" });
    assert.equal(address, "unix:///early/gantry.sock");
    assert.deepEqual(config.listen.allowedOrigins, ["https://c.example"]);
    assert.deepEqual(config.runtimes.get("x"), { module: "./x.js", options: { a: 1 } });
    assert.equal(config.directory, directory);
  });

  it("may be none where none is named, and must be there where one is", () => {
    assert.match(`${complaint({ config: file("none.toml") })}`, /none\.toml": cannot be read: ENOENT/);
    assert.equal(readConfigFiles(undefined).directory, "/etc/gantry");
  });

  const wrong = {
    "gantry.toml:1:1: version must be 1": { "gantry.toml": 'root = "/r"\n' },
    "conf.d/a.toml:2:1: version must be 1": { "gantry.toml": "version = 1", "conf.d/a.toml": "\nversion = 2" },
    "conf.d/b.toml:3:3: listen.adress is unknown, perhaps address is meant; known here: address, allowed_origins, tcp":
      {
        "gantry.toml": "version = 1\n[listen]\n",
        "conf.d/a.toml": "[listen]\n",
        "conf.d/b.toml": '[listen]\n\n  adress = "unix:///x"',
      },
    "gantry.toml:2:1: log_level must be one of trace, debug, info, warn, error, fatal, silent": {
      "gantry.toml": 'version = 1\nlog_level = "loud"',
      "conf.d/a.toml": 'root = "/r"',
    },
    "gantry.toml:2:2: listen.tcp.address is missing": { "gantry.toml": "version = 1\n[listen.tcp]\ntokens = true" },
    "conf.d/a.toml:1:5: Invalid TOML document: ": { "gantry.toml": "version = 1", "conf.d/a.toml": "x = " },
  };
  for (const [message, files] of Object.entries(wrong)) {
    it(`complain in the right place: ${message}`, () => {
      write(files);
      // What the parser says of broken TOML is its own.
      assert.equal(complaint()?.replace(/(Invalid TOML document: ).*/, "$1"), message);
    });
  }

  it("are dumped with where each value comes from, and without secrets", () => {
    write({
      "gantry.toml": `version = 1\nlog_level = "warn"\n[runtimes."x y".options]\nregistryPassword = "hush"\nlevel = 3\n`,
      "conf.d/a.toml": 'state = "/state"\n',
    });
    const origins: Readonly<Record<string, string>> = { root: "env", logLevel: "cli", config: "cli" };
    const given = { ...flags(), root: "/from/environment", logLevel: "error" } as const;
    assert.equal(
      dumpedConfig(given, (name) => origins[name]).replaceAll(`${directory}/`, ""),
      `version = 1  # gantry.toml:1
root = "/from/environment"  # environment GANTRY_ROOT
state = "/state"  # conf.d/a.toml:1
log_level = "error"  # flag --log-level
listen.address = "unix:///state/gantry.sock"  # default
listen.allowed_origins = []  # default
runtimes."x y".options.level = 3  # gantry.toml:5
runtimes."x y".options.registryPassword = "***"  # gantry.toml:4
`,
    );
  });
});
