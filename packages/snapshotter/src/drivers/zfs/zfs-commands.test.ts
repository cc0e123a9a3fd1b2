import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { findBaseDataset } from "./base-dataset.ts";
import { type ZfsOutcome, zfsCommands } from "./zfs-commands.ts";

/** Commands of a `zfs` that answers every run alike, and the arguments it was run with. */
function recorded(answer: Partial<ZfsOutcome> | Error = {}) {
  const runs: (readonly string[])[] = [];
  const commands = zfsCommands(async (args) => {
    runs.push(args);
    if (answer instanceof Error) {
      throw answer;
    }
    return { code: 0, stdout: "", stderr: "", ...answer };
  });
  return { runs, commands };
}

const failed = (stderr: string) => recorded({ code: 1, stderr }).commands;

describe("zfsCommands", () => {
  it("passes each word as one argument", async () => {
    const { runs, commands } = recorded();
    await commands.create("p/1", { mountpoint: "/a b", canmount: "noauto" });
    await commands.clone("p/1@committed", "p/2", { readonly: "on" });
    await commands.set("p/1", "a:b", "c d");
    await commands.get(["p"], ["type"], { children: true });
    await commands.destroy("p/1@committed");
    assert.deepEqual(runs, [
      ["create", "-o", "mountpoint=/a b", "-o", "canmount=noauto", "p/1"],
      ["clone", "-o", "readonly=on", "p/1@committed", "p/2"],
      ["set", "a:b=c d", "p/1"],
      ["get", "-Hp", "-r", "-d", "1", "-o", "name,property,value", "type", "p"],
      ["destroy", "p/1@committed"],
    ]);
  });

  it("runs one command at a time, also after one that failed", async () => {
    let running = 0;
    const commands = zfsCommands(async ([command]) => {
      running += 1;
      assert.equal(running, 1);
      await Promise.resolve();
      running -= 1;
      return { code: command === "mount" ? 1 : 0, stdout: "", stderr: "cannot mount 'p': filesystem already mounted" };
    });
    const outcomes = await Promise.allSettled([commands.mount("p"), commands.unmount("p"), commands.destroy("p")]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
  });

  it("rejects with the words of the command and their reason", async () => {
    const commands = failed("cannot destroy 'p@s': snapshot has dependent clones\n  use '-R'\np/2\n");
    await assert.rejects(commands.destroy("p@s"), {
      reason: "dependent-clones",
      message: "cannot destroy 'p@s': snapshot has dependent clones; use '-R'; p/2",
    });
  });
});

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
