import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serveSnapshotter } from "@gantry/api/remote";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { openOnDisk, whyNoMounts } from "./harness.ts";

/** The folder of the suites, in which the command is. */
const suites = dirname(fileURLToPath(import.meta.resolve("@gantry/api/testing")));

describe("gantry-conformance at an address", { skip: whyNoMounts() ?? false }, () => {
  it("tests a snapshotter behind a socket as the README says, and leaves what it has", async (test) => {
    const readme = await readFile(new URL("../../api/README.md", import.meta.url), "utf8");
    const command = /gantry-conformance snapshotter unix:\/\/\S+/.exec(readme)?.[0] ?? "";
    const text = /A text behind\s+the address, such as `"(.+?)"`/.exec(readme)?.[1] ?? "";

    const temporary = await mkdtemp(join(tmpdir(), "gantry-address-"));
    test.after(() => rm(temporary, { recursive: true }));
    const harness = await openOnDisk(openOverlayDriver);
    test.after(() => harness.close());
    await harness.snapshotter.prepare("making mine", null);
    await harness.snapshotter.commit("mine", "making mine");
    const before = await harness.snapshotter.stat("mine");
    const serving = await serveSnapshotter(harness.snapshotter, { address: `unix://${join(temporary, "s")}` });
    test.after(() => serving.close());

    const [, contract = "", address = ""] = command.split(" ");
    assert.equal(address.startsWith("unix:///"), true);
    const args = [join(suites, "gantry-conformance.ts"), contract, serving.address, text];
    const env = { ...process.env, TMPDIR: temporary };
    const conditions = process.execArgv.filter((arg) => arg.startsWith("--conditions"));
    const { stdout } = await promisify(execFile)(process.execPath, [...conditions, ...args], { env });

    assert.match(stdout, /^pass {10}an open file of the parent keeps its content and its inode/m);
    assert.match(stdout, /\n[5-9] pass, 0 unimplemented, 0 skipped, 0 fail\n$/);
    assert.deepEqual(await Array.fromAsync(harness.snapshotter.walk()), [before]);
    assert.deepEqual(await readdir(temporary), ["s"]);
  });
});
