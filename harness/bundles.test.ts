import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { DaemonStand } from "./daemon-stand.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root: it runs a real container";
const turbo = join(root, "node_modules/.bin/turbo");

describe("the programs as they are published", { timeout: 300_000 }, () => {
  before(() => {
    const args = ["run", "build", "--filter=@gantry/daemon", "--filter=@gantry/cli"];
    execFileSync(turbo, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  });

  for (const name of ["daemon", "cli"]) {
    it(`need no module that is not in them, but for native code: ${name}`, () => {
      const files = globSync(`packages/${name}/bundle/*.js`, { cwd: root });
      assert.ok(files.length > 0);
      const needed = files.flatMap((file) => {
        const text = readFileSync(join(root, file), "utf8");
        const found = text.matchAll(
          /^(?:import|export)\b[^"';]*(?:from )?["']([^"'\n]+)["'];?$|\bimport\(["']([^"']+)["']\)/gm,
        );
        return [...found].map(([, one, other]) => one ?? other ?? "");
      });
      assert.ok(needed.some((one) => one.startsWith("./")));
      const others = needed.filter((one) => !one.startsWith("./") && !isBuiltin(one));
      assert.deepEqual(others, []);
    });
  }

  it("run a container on an image, threads and all", { skip }, async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), "gantry-built-")));
    const stand = await DaemonStand.start(join(home, "root"), "", true);
    try {
      await stand.gantry("image", "import", stand.layout);
      await stand.gantry("run", "-d", "--name", "one", "busybox", "sh", "-c", "rm /etc/group; sleep 600");
      await stand.gantry("exec", "one", "sh", "-c", "until [ ! -e /etc/group ]; do sleep 0.1; done");
      assert.equal(await stand.gantry("snapshot", "diff", "one"), "D /etc/group\n");
      await stand.gantry("rm", "--force", "one");
      await stand.gantry("image", "rm", "busybox");
      assert.match(await stand.gantry("version"), /^gantryd {2}\d/m);
      assert.equal(await stand.endDaemon("SIGTERM"), 0);
    } finally {
      await stand.close();
      await rm(home, { recursive: true, force: true });
    }
  });
});
