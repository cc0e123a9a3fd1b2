import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { processesOf } from "../harness/processes.ts";

const skip = process.getuid?.() === 0 ? false : "needs root: the demo runs real containers";
const homes = () => readdirSync(tmpdir()).filter((name) => name.startsWith("gantry-demo-"));

function startDemo() {
  const child = spawn(
    process.execPath,
    ["--conditions=gantry-source", fileURLToPath(new URL("main.ts", import.meta.url))],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
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
