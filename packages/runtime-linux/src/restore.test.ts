import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { checkRestore } from "./restore.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const images = join(root, "images");
mkdirSync(images);
for (const name of ["inventory.img", "descriptors.json"]) writeFileSync(join(images, name), "");

describe("checkRestore", () => {
  const subject = { type: "container", id: "c1" } as const;
  const process = { subject, stdio: { kind: "log" }, terminal: false } as const;
  const criu = { path: "/usr/sbin/criu", version: "4.1.1", environment: {} };
  const context = { host: nodeHost, criu };

  it("takes a checkpoint whose container has nothing but the pipes of a monitor", async () => {
    await checkRestore(context, images, process);
  });

  it("rejects one that is none with invalid-argument, and one that is not there with not-found", async () => {
    await rejectsWith("invalid-argument", checkRestore(context, root, process));
    await rejectsWith("invalid-argument", checkRestore(context, "images", process));
    await rejectsWith("not-found", checkRestore(context, join(root, "nothing"), process));
  });

  it("rejects streams that a checkpoint cannot hold with unimplemented, before it looks for it", async () => {
    const { detail } = await rejectsWith(
      "unimplemented",
      checkRestore(context, "/nothing", { ...process, terminal: true }),
    );
    assert.match(detail, /terminal/);
  });

  it("rejects all with unimplemented where there is no CRIU, and says why", async () => {
    const none = { host: nodeHost, criu: { path: null, reason: "criu was looked for at /usr/sbin/criu" } } as const;
    const { detail } = await rejectsWith("unimplemented", checkRestore(none, "nothing", process));
    assert.match(detail, /looked for at/);
  });
});
