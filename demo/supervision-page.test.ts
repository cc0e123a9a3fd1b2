import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { clearHome } from "../harness/clear-home.ts";
import { shownCommands } from "../harness/console-page.ts";
import {
  type PrivateDaemon,
  programArguments,
  programEnvironment,
  startPrivateDaemon,
} from "../harness/private-daemon.ts";

const page = fileURLToPath(new URL("../docs/supervision.md", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root: the commands run containers";
const run = promisify(execFile);

describe("docs/supervision.md", { skip, timeout: 280_000 }, () => {
  let home = "";
  let daemon: PrivateDaemon;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-supervision-page-"));
    await mkdir(join(home, "bin"));
    const gantry = join(home, "bin/gantry");
    await writeFile(gantry, `#!/bin/sh\nexec "${process.execPath}" ${programArguments("cli").join(" ")} "$@"\n`);
    await chmod(gantry, 0o755);
    const address = `unix://${home}/gantry.sock`;
    daemon = await startPrivateDaemon({ root: join(home, "root"), state: join(home, "state"), address });
    const path = `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    env = { ...programEnvironment(), GANTRY_ADDRESS: address, PATH: path, LC_ALL: "C" };
    await writeBusyboxImage(join(home, "busybox"), "busybox");
    await run(gantry, ["image", "import", join(home, "busybox")], { env });
  });

  after(() => clearHome(home, [daemon]));

  it("shows what its commands print", async (t) => {
    const commands = shownCommands(await readFile(page, "utf8"));
    assert.ok(commands.length > 15, "expected commands");
    for (const { command, output } of commands) {
      t.diagnostic(command);
      // Refusals are part of the page, so the exit status is not looked at; what is printed tells them apart.
      const { stdout } = await run("/bin/sh", ["-c", `exec 2>&1; ${command}; true`], { env, cwd: home });
      assert.equal(normalised(stdout.trimEnd()), normalised(output), command);
    }
  });
});

/** What differs from run to run is written alike. */
function normalised(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replaceAll(/\d+ (second|minute)s? ago/g, "AGE")
      .replaceAll(/\(pid \d+\)/g, "(pid PID)")
      .replaceAll(/(pid=|"pid": )\d+/g, "$1PID")
      .replaceAll(/^\d+ +(?=TIME)/gm, "N ")
      // Of the daemon's numbers of containers, and of the columns' widths.
      .replaceAll(/^\d+ +(?=\d+ +\d+ +TIME$)/gm, "N ")
      .replaceAll(/ {2,}/g, " ")
  );
}
