import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { ownChildren, refuseForeignChildren } from "./base-children.ts";
import { recorded } from "./testing/recorded-commands.ts";

const at = { base: "p/b", place: "/r/snapshots" };

/** Commands of a `zfs` whose datasets have these mount points. */
function withMountPoints(mountPoints: Readonly<Record<string, string>>) {
  const lines = Object.entries(mountPoints).map(([dataset, path]) => `${dataset}\tmountpoint\t${path}\n`);
  return recorded({ stdout: lines.join("") }).commands;
}

describe("children of a base dataset", () => {
  const own = { "p/b": "none", "p/b/1": "/r/snapshots/1", "p/b/12": "/r/snapshots/12", "p/b/home": "/home" };

  it("are a root's own where they have its mount points, the highest first", async () => {
    const zfs = withMountPoints({ ...own, "p/b/3": "/other/snapshots/3", "p/b/4": "none" });
    assert.deepEqual(await ownChildren(zfs, at), [12, 1]);
  });

  it("are no reason to refuse where they are its own, or have no number for a name", async () => {
    await refuseForeignChildren(withMountPoints(own), "/r", at);
  });

  it("are refused where they have the name of a snapshot and another mount point", async () => {
    for (const foreign of ["/other/snapshots/3", "none"]) {
      const zfs = withMountPoints({ ...own, "p/b/3": foreign });
      const error = await rejectsWith("failed-precondition", refuseForeignChildren(zfs, "/r", at));
      assert.ok(error.detail.endsWith(`: 3 has the mount point ${foreign}`), error.detail);
    }
  });
});
