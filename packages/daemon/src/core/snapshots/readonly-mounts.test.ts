import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readonlyMounts } from "./readonly-mounts.ts";

const overlay = (...options: string[]) => ({ type: "overlay", source: "overlay", target: "", options });
const bind = (...options: string[]) => ({ type: "bind", source: "/s/1", target: "", options });

describe("readonlyMounts", () => {
  it("makes an overlay's upper directory its topmost lower one", () => {
    const [mount] = readonlyMounts([overlay("index=off", "workdir=/w", "upperdir=/u", "lowerdir=/a:/b", "volatile")]);
    assert.deepEqual(mount, overlay("index=off", "lowerdir=/u:/a:/b", "ro"));
  });

  it("keeps a colon in the path of the upper directory from parting it", () => {
    const [mount] = readonlyMounts([overlay("upperdir=/a:b\\:c\\,d", "lowerdir=/l")]);
    assert.deepEqual(mount?.options, ["lowerdir=/a\\:b\\:c\\,d:/l", "ro"]);
  });

  it("leaves the layers of a view as they are", () => {
    const [mount] = readonlyMounts([overlay("ro", "lowerdir=/a:/b")]);
    assert.deepEqual(mount?.options, ["lowerdir=/a:/b", "ro"]);
  });

  it("makes bind mounts readonly once", () => {
    assert.deepEqual(readonlyMounts([bind("rbind", "rw"), bind("bind", "ro")]), [
      bind("rbind", "ro"),
      bind("bind", "ro"),
    ]);
  });
});
