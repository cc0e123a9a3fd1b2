import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mountAll, unmountAll } from "@gantry/sys";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { openSnapshotStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";

// To be run as root of a user namespace of its own, with the root of a snapshotter: removes a file and replaces a
// directory in a child, and prints what parent and child show then.

const root = process.argv[2] ?? "";
const place = join(root, "place");
await mkdir(place);
const snapshotter = await createSnapshotter(await openOverlayDriver(root), await openSnapshotStore(root));

async function shown<T>(key: string, work: () => Promise<T>): Promise<T> {
  await mountAll(await snapshotter.mounts(key), place);
  try {
    return await work();
  } finally {
    await unmountAll(place);
  }
}

const namesIn = async (...path: readonly string[]) => (await readdir(join(place, ...path))).toSorted();

await snapshotter.prepare("making parent", null);
await shown("making parent", async () => {
  await mkdir(join(place, "directory/old"), { recursive: true });
  for (const name of ["kept", "removed"]) await writeFile(join(place, name), name);
});
await snapshotter.commit("parent", "making parent");
const mounts = await snapshotter.prepare("making child", "parent");
await shown("making child", async () => {
  await rm(join(place, "removed"));
  await rm(join(place, "directory"), { recursive: true });
  await mkdir(join(place, "directory/new"), { recursive: true });
  await writeFile(join(place, "added"), "");
});
await snapshotter.commit("child", "making child");
await snapshotter.view("look at parent", "parent");
await snapshotter.view("look at child", "child");
const parent = await shown("look at parent", () => Promise.all([namesIn(), namesIn("directory")]));
const child = await shown("look at child", () => Promise.all([namesIn(), namesIn("directory")]));
await snapshotter.close();
console.log(
  JSON.stringify({
    userxattr: mounts.some(({ options }) => options.includes("userxattr")),
    parent: parent[0],
    inParentsDirectory: parent[1],
    child: child[0],
    inChildsDirectory: child[1],
  }),
);
