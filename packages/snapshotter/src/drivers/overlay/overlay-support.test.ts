import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll } from "@gantry/sys";
import { isRoot, scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { findOverlayOptions } from "./overlay-support.ts";

describe("findOverlayOptions", { skip: !isRoot && "mounting needs root" }, () => {
  it("gives options with which an overlay can be mounted, and leaves nothing", async (test) => {
    const root = await scratchDirectory(test);
    const options = await findOverlayOptions(root);
    assert.deepEqual(await readdir(root), []);
    const [lower, upper, work, place] = ["lower", "upper", "work", "place"].map((name) => join(root, name));
    await Promise.all([lower, upper, work, place].map((path) => mkdir(path ?? "")));
    const directories = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    await mountAll(
      [{ type: "overlay", source: "overlay", target: "", options: [...options, ...directories] }],
      place ?? "",
    );
    await writeFile(join(place ?? "", "file"), "");
    assert.deepEqual(await readdir(upper ?? ""), ["file"]);
  });

  it("clears what a crash in the middle of an earlier try has left, mounts included", async (test) => {
    const root = await scratchDirectory(test);
    const merged = join(root, "probe/merged");
    await mkdir(merged, { recursive: true });
    await mkdir(join(root, "probe/lower/directory/old"), { recursive: true });
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], merged);
    await writeFile(join(merged, "left"), "");
    await findOverlayOptions(root);
    assert.deepEqual(await readdir(root), []);
  });

  for (const name of ["with:colon", "with,comma", "with\\backslash", 'with"quote']) {
    it(`is unimplemented on a root ${name}, and says why`, async (test) => {
      const root = join(await scratchDirectory(test), name);
      await mkdir(root);
      const error = await rejectsWith("unimplemented", findOverlayOptions(root));
      assert.match(error.detail, /character that overlay mounts give a meaning to/);
      assert.deepEqual(await readdir(root), []);
    });
  }
});
