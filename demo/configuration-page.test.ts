import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shownCommands } from "../harness/console-page.ts";
import { programArguments, programEnvironment } from "../harness/private-daemon.ts";
import { type ConfigKey, configKeys } from "../packages/daemon/src/config/config-keys.ts";

const page = fileURLToPath(new URL("../docs/configuration.md", import.meta.url));
const run = promisify(execFile);
const skip = process.getuid?.() === 0 ? false : "needs root: a daemon tries mounts";

/** How the table of the page tells a key. */
function rowOf({ key, means, fallback, fallbackWords, flag, environment, reload }: ConfigKey): string {
  const shown = fallback === undefined ? (fallbackWords ?? "") : `\`${JSON.stringify(fallback)}\``;
  const instead = [flag, environment].filter((name) => name !== undefined).map((name) => `\`${name}\``);
  const changes = { value: "yes", file: "what is in the file", none: "no" }[reload ?? "none"];
  return `| \`${key}\` | ${means} | ${shown} | ${instead.join(", ")} | ${changes} |`;
}

describe("docs/configuration.md", () => {
  let home = "";

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-configuration-page-"));
  });
  after(async () => {
    // The page ends what it starts; this is for when it did not come to that.
    const pid = Number(await readFile(join(home, "gantryd.pid"), "utf8").catch(() => "0"));
    const log = await readFile(join(home, "gantryd.log"), "utf8").catch(() => "");
    if (pid > 0 && !log.includes('"msg":"stopped"')) process.kill(pid, "SIGKILL");
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });

  it("has a row for each key that there is, and no other", async () => {
    const rows = (await readFile(page, "utf8"))
      .split("\n")
      .filter((line) => /^\| `[a-z_.A-Z]+` \|.*\|.*\|.*\|.*\|$/.test(line));
    assert.deepEqual(rows, configKeys.map(rowOf));
  });

  it("shows what its commands print", { skip, timeout: 120_000 }, async (t) => {
    await mkdir(join(home, "bin"));
    const program = `#!/bin/sh\nexec "${process.execPath}" ${programArguments("daemon").join(" ")} "$@"\n`;
    await writeFile(join(home, "bin", "gantryd"), program);
    await chmod(join(home, "bin", "gantryd"), 0o755);
    const places = { GANTRY_CONFIG: join(home, "gantry.toml"), GANTRY_ROOT: join(home, "root") };
    const path = `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const env = { ...programEnvironment(), ...places, PATH: path, LC_ALL: "C" };
    const commands = shownCommands(await readFile(page, "utf8"));
    assert.ok(commands.length > 10, "expected commands");
    for (const { command, output } of commands) {
      t.diagnostic(command);
      // Complaints are part of the page; what is printed tells them apart.
      const script = `exec 2>&1; ${command.replaceAll("/tmp/try", home)}\ntrue`;
      const { stdout } = await run("/bin/sh", ["-c", script], { env, cwd: home });
      assert.equal(stdout.trimEnd().replaceAll(home, "/tmp/try"), output, command);
    }
  });
});
