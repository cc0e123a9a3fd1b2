import assert from "node:assert/strict";
import { chmodSync, chownSync, lstatSync, lutimesSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { getXattr, listXattrs, setXattr } from "@gantry/sys/at";
import { isRoot, scratchDirectory } from "../../conformance/scratch-directory.ts";
import { copyAttributes } from "./copy-attributes.ts";

const statsOf = (path: string) => lstatSync(path, { bigint: true });

describe("copying attributes", { skip: !isRoot && "giving files away needs root" }, () => {
  it("keeps set-user-ID bits and capabilities, which a change of the owner clears", async (test) => {
    const directory = await scratchDirectory(test);
    const [path, twin] = [join(directory, "a"), join(directory, "b")];
    for (const one of [path, twin]) writeFileSync(one, "");
    chownSync(path, 12, 34);
    chmodSync(path, 0o6755);
    // VFS_CAP_REVISION_2 with cap_net_raw permitted and effective (linux/capability.h).
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
    setXattr(path, "security.capability", capability);
    copyAttributes({ path, twin, stats: statsOf(path) });
    const { uid, gid, mode, mtimeNs } = statsOf(twin);
    assert.deepEqual([uid, gid, mode & 0o7777n, mtimeNs], [12n, 34n, 0o6755n, statsOf(path).mtimeNs]);
    assert.deepEqual(getXattr(twin, "security.capability"), capability);
  });

  it("takes over the extended attributes that are wanted, and no others", async (test) => {
    const directory = await scratchDirectory(test);
    const [path, twin] = [join(directory, "a"), join(directory, "b")];
    for (const one of [path, twin]) writeFileSync(one, "");
    for (const name of ["user.kept", "user.left"]) setXattr(path, name, Buffer.from(name));
    copyAttributes({ path, twin, stats: statsOf(path) }, (name) => name !== "user.left");
    assert.deepEqual(listXattrs(twin), ["user.kept"]);
  });

  it("changes a symbolic link and not what it points at", async (test) => {
    const directory = await scratchDirectory(test);
    const [path, twin, target] = [join(directory, "a"), join(directory, "b"), join(directory, "target")];
    writeFileSync(target, "");
    for (const one of [path, twin]) symlinkSync(target, one);
    chownSync(target, 1, 1);
    const before = statsOf(target);
    lutimesSync(path, 5, 6);
    copyAttributes({ path, twin, stats: statsOf(path) });
    assert.deepEqual([statsOf(twin).uid, statsOf(twin).mtimeNs], [0n, 6_000_000_000n]);
    assert.deepEqual([statsOf(target).uid, statsOf(target).mtimeNs], [before.uid, before.mtimeNs]);
  });
});
