import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { stringify } from "smol-toml";
import { configKeys } from "./config-keys.ts";
import { sourceFrom } from "./config-source.ts";
import { defaultConfigText } from "./default-config.ts";
import { parseConfig } from "./parse-config.ts";
import { settingsFrom } from "./settings.ts";

const path = "/etc/gantry/gantry.toml";
const directory = "/etc/gantry";

describe("the default configuration", () => {
  it("says what holds without any", () => {
    const { config, ...rest } = settingsFrom({}, { sources: [sourceFrom(defaultConfigText(), path)], directory });
    const { config: none, ...restOfNone } = settingsFrom({}, { sources: [], directory });
    assert.deepEqual(rest, restOfNone);
    const { root: _root, state: _state, logLevel: _level, ...written } = config;
    assert.deepEqual(written, none);
  });

  it("has every key, and is right with each of its settings made", () => {
    // A plug-in has either a module or an address.
    const made = defaultConfigText()
      .replaceAll(/^#(?=\S)/gm, "")
      .replaceAll(/^module = .*$/gm, "");
    const config = parseConfig(made, path, directory);
    assert.equal(config.listen.tcp?.tls?.minVersion, "TLSv1.3");
    assert.equal(config.snapshotters.get("example")?.address, "unix:///run/my-snapshotter.sock");
    for (const { key } of configKeys.filter((one) => !one.key.endsWith(".options"))) {
      assert.match(defaultConfigText(), new RegExp(`^#?${key.split(".").at(-1)} = `, "m"));
    }
  });
});

describe("the list of keys", () => {
  /** What the parser says that it knows in a table. */
  const knownIn = (table: string): readonly string[] => {
    const names = table === "" ? [] : table.replace("NAME", "x").split(".");
    const inner = names.reduceRight<object>((values, name) => ({ [name]: values }), { zzzzzzzz: 1 });
    const tcp = { address: "tcp://[::1]:1", tokens: true };
    const given = { version: 1, ...inner };
    if (table.startsWith("listen.tcp.clients")) {
      const grant = { role: "admin", all_namespaces: true, zzzzzzzz: 1 };
      Object.assign(given, { listen: { tcp: { ...tcp, clients: { x: grant } } } });
    } else if (table === "listen.tcp") Object.assign(given, { listen: { tcp: { ...tcp, zzzzzzzz: 1 } } });
    try {
      parseConfig(stringify(given), path, directory);
    } catch (error) {
      if (isOperationError(error)) return /known here: (.*)$/.exec(error.message)?.[1]?.split(", ") ?? [];
    }
    return [];
  };

  for (const table of new Set(configKeys.map(({ key }) => key.split(".").slice(0, -1).join(".")))) {
    it(`has what the parser knows in ${table || "the file itself"}, and no more`, () => {
      const depth = table === "" ? 0 : table.split(".").length;
      const listed = configKeys.filter(({ key }) => depth === 0 || key.startsWith(`${table}.`));
      assert.deepEqual(knownIn(table), [...new Set(listed.map(({ key }) => `${key.split(".")[depth]}`))].sort());
    });
  }
});
