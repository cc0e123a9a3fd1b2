import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failed, recorded } from "./testing/recorded-commands.ts";
import { zfsCommands } from "./zfs-commands.ts";

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
