import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { clearHome } from "../harness/clear-home.ts";
import { processesOf } from "../harness/processes.ts";

const skip = process.getuid?.() === 0 ? false : "needs root: gantryd makes mounts and cgroups";

describe("npm start", { skip }, () => {
  // The daemon used to go on when the interrupt came the moment that the text was there.
  it("ends the daemon when it is interrupted as soon as it says what to type", async () => {
    const home = await mkdtemp(join(tmpdir(), "gantry-start-"));
    const args = ["--conditions=gantry-source", fileURLToPath(new URL("start.ts", import.meta.url)), home];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    try {
      child.stdout.once("data", () => child.kill("SIGINT"));
      assert.deepEqual(await once(child, "exit"), [0, null]);
      assert.deepEqual(await processesOf(home), []);
    } finally {
      await clearHome(home, []);
    }
  });
});
