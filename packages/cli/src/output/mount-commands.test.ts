import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mountCommands } from "./mount-commands.ts";

const mount = (type: string, source: string, options: readonly string[], target = "") => ({
  type,
  source,
  target,
  options,
});

describe("mountCommands", () => {
  it("names type, source, options and place", () => {
    const mounts = [mount("overlay", "overlay", ["index=off", "lowerdir=/a:/b"])];
    assert.deepEqual(mountCommands(mounts, "/mnt"), ["mount -t overlay overlay -o index=off,lowerdir=/a:/b /mnt"]);
    assert.deepEqual(mountCommands([mount("tmpfs", "none", [])], "/mnt"), ["mount -t tmpfs none /mnt"]);
  });

  it("passes by the helper for datasets, which refuses those with a mount point of their own", () => {
    const commands = mountCommands([mount("zfs", "tank/gantry/1", ["ro"])], "/mnt");
    assert.deepEqual(commands, ["mount --internal-only -t zfs tank/gantry/1 -o ro /mnt"]);
  });

  it("gives a bind mount its options by a remount", () => {
    assert.deepEqual(mountCommands([mount("bind", "/s", ["rbind", "rw"])], "/mnt"), ["mount --rbind /s /mnt"]);
    assert.deepEqual(mountCommands([mount("bind", "/s", ["ro", "nodev"])], "/mnt"), [
      "mount --bind /s /mnt",
      "mount -o remount,ro,nodev,bind /mnt",
    ]);
  });

  it("puts each mount at its own place below the directory, in order", () => {
    const mounts = [mount("tmpfs", "none", []), mount("bind", "/s", [], "a/b")];
    assert.deepEqual(mountCommands(mounts, "/mnt"), ["mount -t tmpfs none /mnt", "mount --bind /s /mnt/a/b"]);
  });

  it("quotes what a shell would read otherwise", () => {
    assert.deepEqual(mountCommands([mount("bind", "/a b", [])], "/$(x)'"), ["mount --bind '/a b' '/$(x)'\\'''"]);
  });
});
