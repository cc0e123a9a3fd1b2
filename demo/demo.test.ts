import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { processesOf } from "../harness/processes.ts";

const skip = process.getuid?.() === 0 ? false : "needs root: the demo runs real containers";
const homes = () => readdirSync(tmpdir()).filter((name) => name.startsWith("gantry-demo-"));

function startDemo(options: { readonly uid?: number; readonly gid?: number; readonly env?: NodeJS.ProcessEnv } = {}) {
  const child = spawn(
    process.execPath,
    ["--conditions=gantry-source", fileURLToPath(new URL("main.ts", import.meta.url))],
    { stdio: ["ignore", "pipe", "pipe"], ...options },
  );
  let printed = "";
  const kept = (text: string) => {
    printed += text;
    child.emit("text", printed);
  };
  child.stdout.setEncoding("utf8").on("data", kept);
  child.stderr.setEncoding("utf8").on("data", kept);
  return { child, printed: () => printed };
}

describe("demo", { skip }, () => {
  it("takes every step as it should be and leaves nothing", async () => {
    const before = homes();
    const { child, printed } = startDemo();
    const [code] = await once(child, "close");
    assert.equal(code, 0, printed());
    assert.match(printed(), /All as it should be/);
    assert.deepEqual(homes(), before);
  });

  it("leaves nothing when it is interrupted while a container runs", async () => {
    const before = homes();
    const { child, printed } = startDemo();
    let isSent = false;
    child.on("text", (text: string) => {
      if (isSent || !text.includes("same pid")) return;
      isSent = true;
      // Twice, as the impatient do.
      child.kill("SIGINT");
      child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    assert.equal(code, 130, printed());
    assert.deepEqual(homes(), before);
    assert.deepEqual(await processesOf("/gantry-demo-"), []);
  });
});

describe("demo without root", {
  skip: process.platform !== "linux" && "private daemons are looked for in /proc",
}, () => {
  it("takes every step with simulated containers, says so first, and leaves nothing", async (test) => {
    // Not below TMPDIR, which may be root's alone.
    const home = mkdtempSync("/tmp/gantry-no-root-");
    test.after(() => rmSync(home, { recursive: true }));
    const isRoot = process.getuid?.() === 0;
    // nobody and nogroup; who is not root already stays who he is.
    const nobody = 65_534;
    if (isRoot) chownSync(home, nobody, nobody);
    const env = { ...process.env, HOME: home, TMPDIR: home };
    const { child, printed } = startDemo({ env, ...(isRoot ? { uid: nobody, gid: nobody } : {}) });
    const [code] = await once(child, "close");
    assert.equal(code, 0, printed());
    assert.match(printed(), /^SIMULATED \(not root\): .* no container runs/);
    assert.match(printed(), /`npm run demo` as root on Linux, with runc or crun, conmon/);
    assert.match(printed(), /All as it should be, though simulated/);
    assert.deepEqual(
      readdirSync(home).filter((name) => name.startsWith("gantry-demo-")),
      [],
    );
    assert.deepEqual(await processesOf(home), []);
  });
});
