import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { connectSnapshotter } from "./connect-snapshotter.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";
import { socketAddress } from "./testing/socket-address.ts";

const program = new URL("./testing/readme-example.ts", import.meta.url);

describe("the example of the README", () => {
  it("is the program that is tested here", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    assert.equal(/```ts\n(.*?)```/s.exec(readme)?.[1], readFileSync(program, "utf8"));
  });

  it("stands between two processes, keeps bases, and forwards all else", async (test) => {
    const { script, serving } = await snapshotterWire(test);
    script.on("remove", () => undefined);
    const to = socketAddress(test);
    const args = ["--conditions=gantry-source", fileURLToPath(program), serving.address, to];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    test.after(async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    });
    const [line] = await once(child.stdout, "data");
    assert.equal(String(line), `serves ${to}\n`);
    const remote = await connectSnapshotter(to);
    test.after(() => remote.close());
    await assert.rejects(remote.remove("base/debian"), {
      kind: "failed-precondition",
      detail: "is a base and is kept",
    });
    await remote.remove("scratch");
    assert.deepEqual(
      script.calls.map(({ args: [name] }) => name),
      ["scratch"],
    );
  });
});
