import assert from "node:assert/strict";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { syncfs } from "./at.ts";
import { createSubvolume, createSubvolumeSnapshot, subvolumeInfo } from "./btrfs-subvolume.ts";
import { qgroupUsage, subvolumeChanges } from "./btrfs-usage.ts";
import { btrfsVolume, inDirectory, perform, whyNoBtrfs } from "./testing/btrfs-volume.ts";

const mebibyte = 1024 * 1024;
/** The size of a node, which a tree has at least one of, and the most that these tests' files need of them. */
const nodeBytes = 16_384n;
const metadataBytes = 8n * nodeBytes;

/** Of content that compression, if somebody enabled it, does not make smaller. */
function write(path: string, bytes: number): void {
  writeFileSync(path, Buffer.alloc(bytes, "gantry"));
}

describe("usage of btrfs", { skip: whyNoBtrfs }, () => {
  const volume = btrfsVolume();

  /** Makes a subvolume with a directory and a file of 3 MiB, and a snapshot of it; returns the paths of both. */
  async function furnish(name: string): Promise<readonly [string, string]> {
    const [parent, child] = [join(volume, name), join(volume, `${name} child`)];
    await inDirectory(volume, (fd) => createSubvolume(fd, name));
    mkdirSync(join(parent, "directory"));
    write(join(parent, "directory/file"), 3 * mebibyte);
    await inDirectory(parent, (source) =>
      inDirectory(volume, (fd) => createSubvolumeSnapshot(fd, `${name} child`, { fd: source, readonly: false })),
    );
    return [parent, child];
  }

  /** What a snapshot was given since it was made. */
  const changesIn = (path: string) =>
    inDirectory(path, async (fd) => {
      await syncfs(fd);
      const { isSnapshot, createdIn } = await subvolumeInfo(fd);
      return subvolumeChanges(fd, isSnapshot ? createdIn : 0n);
    });

  it("counts all that is in a subvolume that began empty", async () => {
    const [parent] = await furnish("whole");
    // The root, the directory and the file.
    assert.deepEqual(await changesIn(parent), { sizeBytes: BigInt(3 * mebibyte), inodes: 3n });
  });

  it("counts of a snapshot what was written into it, and none of what it shares", async () => {
    const [, child] = await furnish("shared");
    assert.deepEqual(await changesIn(child), { sizeBytes: 0n, inodes: 0n });
    write(join(child, "own"), mebibyte);
    // The root's directory was changed with the file's name.
    assert.deepEqual(await changesIn(child), { sizeBytes: BigInt(mebibyte), inodes: 2n });
    rmSync(join(child, "own"));
    assert.equal((await changesIn(child)).sizeBytes, 0n);
  });

  it("counts no holes, and small files by what is in them", async () => {
    const [, child] = await furnish("sparse");
    writeFileSync(join(child, "hole"), "");
    truncateSync(join(child, "hole"), 64 * mebibyte);
    write(join(child, "small"), 100);
    assert.deepEqual(await changesIn(child), { sizeBytes: 100n, inodes: 3n });
  });

  it("counts more files than one answer of the kernel has room for", async () => {
    const [, child] = await furnish("many");
    for (let index = 0; index < 1500; index += 1) write(join(child, `file ${index}`), 10);
    assert.deepEqual(await changesIn(child), { sizeBytes: 15_000n, inodes: 1501n });
  });

  it("stops with the reason of a signal", async () => {
    const [parent] = await furnish("stopped");
    const signal = AbortSignal.abort(new TypeError("enough"));
    await assert.rejects(
      inDirectory(parent, (fd) => subvolumeChanges(fd, 0n, { signal })),
      /enough/,
    );
  });

  it("is told by quota groups once they are enabled, and not before", async () => {
    const [parent, child] = await furnish("quota");
    write(join(child, "own"), mebibyte);
    const groupOf = (path: string) =>
      inDirectory(path, async (fd) => {
        await syncfs(fd);
        return qgroupUsage(fd, (await subvolumeInfo(fd)).id);
      });
    assert.equal(await groupOf(child), undefined);
    await perform("/bin/btrfs", "quota", "enable", volume);
    await perform("/bin/btrfs", "quota", "rescan", "-w", volume);
    const usage = (await groupOf(child)) ?? assert.fail("no quota group");
    const whole = BigInt(4 * mebibyte);
    const own = BigInt(mebibyte);
    assert.ok(
      usage.referencedBytes >= whole && usage.referencedBytes <= whole + metadataBytes,
      `${usage.referencedBytes}`,
    );
    assert.ok(usage.exclusiveBytes >= own && usage.exclusiveBytes <= own + metadataBytes, `${usage.exclusiveBytes}`);
    const below = (await groupOf(parent)) ?? assert.fail("no quota group");
    assert.ok(below.exclusiveBytes <= metadataBytes, `${below.exclusiveBytes}`);
    assert.equal(await inDirectory(volume, (fd) => qgroupUsage(fd, 999_999n)), undefined);
  });
});
