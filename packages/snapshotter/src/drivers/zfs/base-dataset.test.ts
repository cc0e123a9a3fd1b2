import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { findBaseDataset } from "./base-dataset.ts";
import { failed, recorded } from "./testing/recorded-commands.ts";

describe("findBaseDataset", () => {
  it("takes the dataset that is named and exists", async () => {
    const { commands } = recorded({ stdout: "p/base\ttype\tfilesystem\n" });
    assert.equal(await findBaseDataset(commands, "/", "p/base"), "p/base");
  });

  it("rejects a missing one and a volume with failed-precondition", async () => {
    const missing = failed("cannot open 'p/base': dataset does not exist");
    await rejectsWith("failed-precondition", findBaseDataset(missing, "/", "p/base"));
    const { commands } = recorded({ stdout: "p/base\ttype\tvolume\n" });
    await rejectsWith("failed-precondition", findBaseDataset(commands, "/", "p/base"));
  });

  it("rejects what would be an option of the command with invalid-argument, and runs nothing", async () => {
    const { runs, commands } = recorded();
    await rejectsWith("invalid-argument", findBaseDataset(commands, "/", "-r"));
    assert.deepEqual(runs, []);
  });

  it("rejects a host without zfs with unimplemented", async () => {
    const absent = Object.assign(new Error("spawn zfs ENOENT"), { code: "ENOENT" });
    await rejectsWith("unimplemented", findBaseDataset(recorded(absent).commands, "/", "p"));
    await rejectsWith("unimplemented", findBaseDataset(failed("The ZFS modules are not loaded."), "/", undefined));
  });

  it("finds the dataset mounted at exactly the root, else rejects with unimplemented", async (test) => {
    const root = await realpath(await mkdtemp(join(tmpdir(), "gantry-zfs-")));
    test.after(() => rm(root, { recursive: true }));
    const at = (mounted: string) =>
      recorded({ stdout: `p/x\tmountpoint\t${root}\np/x\tmounted\t${mounted}\n` }).commands;
    assert.equal(await findBaseDataset(at("yes"), root, undefined), "p/x");
    await rejectsWith("unimplemented", findBaseDataset(at("no"), root, undefined));
    await rejectsWith("unimplemented", findBaseDataset(at("yes"), "/", undefined));
  });
});
