import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { mountAll, unmountAll } from "@gantry/sys";
import { setXattr } from "@gantry/sys/at";
import { btrfsVolume, whyNoBtrfs } from "../packages/snapshotter/conformance/btrfs-volume.ts";
import { enterNamespace, whyNoZfs, zfs, zfsPool } from "../packages/snapshotter/conformance/zfs-pool.ts";
import { DaemonStand } from "./daemon-stand.ts";
import { cgroupPrefixOf, findLeftovers } from "./leftovers.ts";

// A mount namespace of this file's own, which the daemon of zfs-fuse needs.
enterNamespace();

let stand: DaemonStand | undefined;

/** Takes an image, a container and snapshots through their life, by way of a daemon that is killed in the middle. */
async function live(root: string, id: string, toml: string): Promise<void> {
  stand = await DaemonStand.start(root, toml);
  const { gantry, json } = commandsOf(stand);
  await gantry("image", "import", stand.layout);
  const { upper, lower } = await layersOf(json);
  assert.equal(await gantry("run", "--rm", "busybox", "cat", "/etc/motd"), "a container of Gantry\n");

  await gantry("run", "-d", "--name", "patient", "busybox", "sh", "-c", "echo 1 >/etc/motd; rm /etc/group; sleep 600");
  const [{ pid }] = await json("ps");
  const cgroupPrefix = await cgroupPrefixOf(pid);
  await gantry("exec", "patient", "sh", "-c", "until [ ! -e /etc/group ]; do sleep 0.1; done");
  const key = (await json("snapshot", "tree")).find(({ kind }: Row) => kind === "active")?.name;
  assert.equal(await gantry("snapshot", "diff", key), "D /etc/group\nC /etc/motd\n");

  await byHand(stand, upper);
  assert.equal(await stand.endDaemon("SIGKILL"), 137);
  await stand.startDaemon();
  assert.equal((await json("ps"))[0].pid, pid);
  assert.equal(await gantry("exec", "patient", "cat", "/etc/motd"), "1\n");
  const names = (await json("snapshot", "tree")).map(({ name }: Row) => name);
  assert.deepEqual(new Set(names), new Set([lower, upper, key, "made", "child"]));
  // zfs-fuse shows no extended attributes of a read-only dataset, so they cannot be compared there.
  const attributes = id === "zfs" ? "" : "C /etc/passwd\n";
  assert.equal(await gantry("snapshot", "diff", "made"), `${attributes}A /srv\nA /srv/file\n`);

  await gantry("snapshot", "rm", "child", "made");
  await gantry("kill", "--signal", "KILL", "patient");
  await gantry("wait", "patient");
  await gantry("rm", "patient");
  await gantry("image", "rm", "busybox");
  assert.deepEqual(await json("snapshot", "tree"), []);
  assert.equal(await stand.endDaemon("SIGTERM"), 0);
  assert.deepEqual(await readdir(join(root, "snapshotters", id, "snapshots")), []);
  assert.deepEqual(await findLeftovers(root, cgroupPrefix), { mounts: [], pids: [], cgroups: [] });
  assert.deepEqual(await findLeftovers(stand.home, cgroupPrefix), { mounts: [], pids: [], cgroups: [] });
}

/** A snapshot of the command line, as JSON. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly parent: string | null;
}

function commandsOf(daemon: DaemonStand) {
  const gantry = (...args: readonly string[]) => daemon.gantry(...args);
  return { gantry, json: async (...args: readonly string[]) => JSON.parse(await gantry(...args, "--json")) };
}

/** The two layers of the image, Committed, one on the other. */
async function layersOf(json: (...args: readonly string[]) => Promise<readonly Row[]>) {
  const layers = await json("snapshot", "tree");
  assert.deepEqual(
    layers.map(({ kind }) => kind),
    ["committed", "committed"],
  );
  const lower = layers.find(({ parent }) => parent === null)?.name ?? "";
  const upper = layers.find(({ parent }) => parent === lower)?.name ?? "";
  return { lower, upper };
}

/** Commits `made` on top of a snapshot, with a file of its own, and starts `child` on top of that. */
async function byHand(daemon: DaemonStand, parent: string): Promise<void> {
  const { gantry, json } = commandsOf(daemon);
  const tree = join(daemon.home, "tree");
  await mkdir(tree);
  await mountAll(await json("snapshot", "prepare", "making", parent), tree);
  await mkdir(join(tree, "srv"));
  await writeFile(join(tree, "srv/file"), Buffer.alloc(1 << 20, 1));
  setXattr(join(tree, "etc/passwd"), "user.note", Buffer.from("checked"));
  await unmountAll(tree);
  await rm(tree, { recursive: true });
  await gantry("snapshot", "commit", "made", "making");
  const { sizeBytes } = await json("snapshot", "usage", "made");
  assert.ok(sizeBytes >= 1 << 20, `${sizeBytes} bytes`);
  await gantry("snapshot", "prepare", "child", "made");
  assert.equal(await gantry("snapshot", "diff", "child"), "");
}

afterEach(async () => {
  await stand?.close();
  stand = undefined;
});

describe("a daemon with its root on btrfs", { skip: whyNoBtrfs() ?? false, timeout: 240_000 }, () => {
  const volume = btrfsVolume();

  it("keeps images, containers and snapshots in subvolumes, across its death", async () => {
    const { directory } = await volume.makePlace();
    await live(join(directory, "root"), "btrfs", '[defaults]\nsnapshotter = "btrfs"\n');
  });
});

describe("a daemon with a dataset of ZFS", { skip: whyNoZfs() ?? false, timeout: 240_000 }, () => {
  const pool = zfsPool();

  // The driver that is built in is the same one, without the line for the module.
  it("keeps images, containers and snapshots in it, across its death", async () => {
    const { directory } = await pool.makePlace();
    const options = `[snapshotters.zfs.options]\ndataset = "${pool.base()}"\n`;
    const toml = `[snapshotters.zfs]\nmodule = "@gantry/snapshotter/zfs"\n${options}[defaults]\nsnapshotter = "zfs"\n`;
    await live(join(directory, "root"), "zfs", toml);
  });

  it("is ready with the dataset mounted at its directory, and failed with one of another root", async () => {
    const { directory } = await pool.makePlace();
    const [root, other] = [join(directory, "root"), join(directory, "other")];
    const dataset = `${pool.base()}/mounted`;
    await zfs("zfs", "create", "-o", `mountpoint=${root}/snapshotters/zfs`, dataset);
    stand = await DaemonStand.start(root, "[snapshotters.zfs]\n");
    const [mount] = await commandsOf(stand).json("snapshot", "prepare", "key", "--snapshotter", "zfs");
    assert.equal(mount.source, `${dataset}/1`);
    await stand.close();

    stand = await DaemonStand.start(other, `[snapshotters.zfs.options]\ndataset = "${dataset}"\n`);
    const status = await stand.gantry("daemon", "status");
    assert.match(status, /^snapshotter +zfs +failed .*holds snapshots of another root/m);
  });
});
