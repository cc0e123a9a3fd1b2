import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { clearHome } from "../harness/clear-home.ts";
import { shownCommands } from "../harness/console-page.ts";
import {
  type PrivateDaemon,
  programArguments,
  programEnvironment,
  startPrivateDaemon,
} from "../harness/private-daemon.ts";

/** Pages whose commands work on snapshots, and how many there are at least. */
const pages = { "docs/snapshots.md": 20, "docs/garbage-collection.md": 10 } as const;
const skip = process.getuid?.() === 0 ? false : "needs root: the commands mount";
/** Where `npm start` keeps everything, and what the page mounts on. */
const shownHome = "/var/lib/gantry-try";
const shownTree = "/tmp/tree";

for (const [page, least] of Object.entries(pages)) {
  describe(page, { skip }, () => {
    let home = "";
    let daemon: PrivateDaemon;
    let env: NodeJS.ProcessEnv;

    before(async () => {
      home = await mkdtemp(join(tmpdir(), "gantry-snapshots-page-"));
      for (const name of ["bin", "tree"]) await mkdir(join(home, name));
      const gantry = join(home, "bin/gantry");
      await writeFile(gantry, `#!/bin/sh\nexec "${process.execPath}" ${programArguments("cli").join(" ")} "$@"\n`);
      await chmod(gantry, 0o755);
      const address = `unix://${home}/gantry.sock`;
      daemon = await startPrivateDaemon({ root: join(home, "root"), state: join(home, "state"), address });
      env = {
        ...programEnvironment(),
        GANTRY_ADDRESS: address,
        PATH: `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        LC_ALL: "C",
      };
    });

    after(() => clearHome(home, [daemon]));

    it("shows what its commands print", async (t) => {
      const run = promisify(execFile);
      const listed = await run("gantry", ["snapshot", "ls", "--snapshotter", "overlay"], { env }).catch(
        () => undefined,
      );
      if (listed === undefined) return t.skip("the page shows the overlay snapshotter, which is not ready here");
      const commands = shownCommands(await readFile(fileURLToPath(new URL(`../${page}`, import.meta.url)), "utf8"));
      assert.ok(commands.length > least, "expected commands");
      for (const { command, output } of commands) {
        t.diagnostic(command);
        // Refusals are part of the page, so the exit status is not looked at; what is printed tells them apart.
        const script = `exec 2>&1; ${command.replaceAll(shownTree, join(home, "tree"))}; true`;
        const { stdout } = await run("/bin/sh", ["-c", script], { env, cwd: home });
        const printed = stdout.trimEnd().replaceAll(join(home, "tree"), shownTree).replaceAll(home, shownHome);
        assert.equal(normalised(printed), normalised(output), command);
      }
    });
  });
}

/** What differs from run to run, and between file systems, is written alike. */
function normalised(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replaceAll(/\b\d+(\.\d+)? (B|[KMGTP]iB)/g, "SIZE")
      .replaceAll(/(?<=\/)\d+(?=\/)/g, "ID")
      // Columns are as wide as what is in them.
      .replaceAll(/ {2,}/g, " ")
      // Each touch(1) has words of its own in front of what the kernel says.
      .replaceAll(/^touch: .*: /gm, "touch: ")
  );
}
