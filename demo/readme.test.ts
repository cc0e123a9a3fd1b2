import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { clearHome } from "../harness/clear-home.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root: the commands run real containers";
/** Other tests run these, or would run this one. */
const runElsewhere = ["npm test", "npm run demo"];

/** Returns the commands of a document's console blocks, one entry a block, so that a block shares one shell. */
function commandBlocks(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const lines = blocks.map((block) => block.replaceAll(/^\$ /gm, "").trim());
  return lines.filter((block) => !runElsewhere.includes(block));
}

describe("README", { skip }, () => {
  let home = "";
  let daemon: ReturnType<typeof spawn> | undefined;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-readme-"));
    const args = ["--conditions=gantry-source", join(root, "demo/start.ts"), home];
    daemon = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    assert.ok(daemon.stdout);
    await once(daemon.stdout, "data");
  });

  after(async () => {
    if (daemon?.exitCode === null) {
      daemon.kill("SIGTERM");
      await once(daemon, "exit");
    }
    await clearHome(home, []);
  });

  it("shows commands that work", async (t) => {
    const blocks = commandBlocks(await readFile(join(root, "README.md"), "utf8"));
    assert.ok(blocks.length >= 3, "expected blocks of commands");
    for (const block of blocks) {
      t.diagnostic(block);
      const script = block.replaceAll("/var/lib/gantry-try", home);
      const { stdout } = await promisify(execFile)("/bin/sh", ["-e", "-c", script], { cwd: root });
      if (script.includes("hello from")) assert.match(stdout, /hello from pid 1\n/);
      if (script.includes("GetVersion")) assert.match(stdout, /"version":"/);
    }
  });
});
