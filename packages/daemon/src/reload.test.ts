import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sourceFrom } from "./config/config-source.ts";
import { type Settings, settingsFrom } from "./config/settings.ts";
import { childLog } from "./log.ts";
import { reload } from "./reload.ts";
import { LogLines } from "./testing/log-lines.ts";

const settings = (text: string): Settings =>
  settingsFrom(
    {},
    { sources: [sourceFrom(`version = 1\n${text}`, "/etc/gantry/gantry.toml")], directory: "/etc/gantry" },
  );

/** A daemon that writes down what it is told. */
function target(reread: () => Settings, renew: () => void = () => undefined) {
  const { log, lines } = new LogLines();
  const origins: (readonly string[])[] = [];
  const daemon = { allowOrigins: (given: readonly string[]) => void origins.push(given), renewCertificates: renew };
  return { daemon, log, reread, lines, origins };
}

const tls = '[listen.tcp]\naddress = "tcp://[::1]:1"\ntokens = true\ncertificate = "c"\nkey = "k"\n';

describe("reload", () => {
  it("brings level and origins into force, also of logs that were made before", () => {
    const wanted = settings('log_level = "debug"\n[listen]\nallowed_origins = ["https://a.example"]');
    const seen = target(() => wanted);
    const plugin = childLog(seen.log, { runtime: "linux" });
    const inForce = reload(seen, settings(""));
    assert.deepEqual([inForce.logLevel, inForce.config.listen.allowedOrigins], ["debug", ["https://a.example"]]);
    assert.deepEqual([seen.log.level, plugin.level], ["debug", "debug"]);
    assert.deepEqual(seen.origins, [["https://a.example"]]);
    assert.deepEqual(seen.lines.at(-1)?.["changed"], ["listen.allowed_origins", "log_level"]);
  });

  it("names what has to wait, again each time, and leaves it as it is", () => {
    const wanted = settings('root = "/other"\n[defaults]\nruntime = "x"\n[runtimes.x]\nmodule = "./x.js"');
    const seen = target(() => wanted);
    const first = reload(seen, settings(""));
    assert.equal(first.root, "/var/lib/gantry");
    reload(seen, first);
    const warnings = seen.lines.filter(({ level }) => level === 40);
    assert.equal(warnings.length, 2);
    for (const { keys } of warnings) assert.deepEqual(keys, ["defaults.runtime", "root", "runtimes.x"]);
  });

  it("changes nothing where the configuration is wrong, and says where", () => {
    const seen = target(() => settings("log_level = 7"));
    const before = settings("");
    assert.equal(reload(seen, before), before);
    assert.deepEqual(seen.origins, []);
    const line = seen.lines.at(-1);
    assert.equal(line?.["place"], "/etc/gantry/gantry.toml:2:1: log_level must be a text that is not empty");
  });

  it("goes on where certificates are no good", () => {
    const seen = target(
      () => settings(`log_level = "warn"\n${tls}`),
      () => {
        throw new TypeError("no good");
      },
    );
    assert.equal(reload(seen, settings(tls)).logLevel, "warn");
    assert.deepEqual(
      seen.lines.map(({ msg }) => msg),
      ["certificates cannot be renewed"],
    );
  });
});
