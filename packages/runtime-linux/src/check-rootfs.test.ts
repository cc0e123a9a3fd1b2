import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { checkRootfs } from "./check-rootfs.ts";
import { nodeHost } from "./host-node.ts";
import { testDirectory } from "./testing/directory.ts";

const subject = { type: "container", id: "a" } as const;

describe("a root file system", () => {
  it("may have a directory /dev, or none", async () => {
    const rootfs = testDirectory();
    await checkRootfs(nodeHost, rootfs, subject);
    mkdirSync(join(rootfs, "dev"));
    await checkRootfs(nodeHost, rootfs, subject);
  });

  it("is refused with a file or a link in the place of /dev, wherever that leads", async () => {
    const rootfs = testDirectory();
    const dev = join(rootfs, "dev");
    writeFileSync(dev, "");
    await rejectsWith("invalid-argument", checkRootfs(nodeHost, rootfs, subject));
    for (const target of ["/tmp", ".", "missing"]) {
      rmSync(dev);
      symlinkSync(target, dev);
      await rejectsWith("invalid-argument", checkRootfs(nodeHost, rootfs, subject));
    }
  });
});
