import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rejectsWith } from "@gantry/api/testing";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { whyNoMounts } from "./harness.ts";
import { type LoopFileSystem, loopVolume, whyNoLoop } from "./loop-volume.ts";
import { scratchDirectory } from "./scratch-directory.ts";

/** Whose directories do not say which of their entries are files (readdir(3), `d_type`). */
const withoutTypes: LoopFileSystem = {
  type: "ext4",
  package: "e2fsprogs",
  sizeBytes: 16 * 1024 * 1024,
  flags: ["-q", "-O", "^filetype"],
};

const inNamespace = ["--user", "--map-root-user", "--mount"];
const whyNoNamespaces =
  whyNoMounts() ?? (spawnSync("unshare", [...inNamespace, "true"]).status === 0 ? undefined : "needs user namespaces");

describe("overlay driver on hosts of other kinds", () => {
  const volume = loopVolume(withoutTypes);

  it("is unimplemented on a file system without d_type, says so, and leaves nothing", {
    skip: whyNoLoop(withoutTypes) ?? false,
  }, async () => {
    const { directory } = await volume.makePlace();
    const error = await rejectsWith("unimplemented", openOverlayDriver(directory));
    assert.match(error.detail, /d_type/);
    assert.deepEqual(await readdir(directory), []);
  });

  it("works in a user namespace of its own, with userxattr", { skip: whyNoNamespaces ?? false }, async (test) => {
    const root = join(await scratchDirectory(test), "root");
    await mkdir(root);
    const program = fileURLToPath(new URL("overlay-in-namespace.ts", import.meta.url));
    const args = [...inNamespace, process.execPath, ...process.execArgv, program, root];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)("unshare", args, { env });
    assert.deepEqual(JSON.parse(stdout), {
      userxattr: true,
      parent: ["directory", "kept", "removed"],
      inParentsDirectory: ["old"],
      child: ["added", "directory", "kept"],
      inChildsDirectory: ["new"],
    });
  });
});
