/** A process that serves a snapshotter at the address given to it, in which every `remove` waits for ever. */
import { serveSnapshotter } from "../serve-snapshotter.ts";
import { ScriptedSnapshotter } from "./scripted-snapshotter.ts";

const local = new ScriptedSnapshotter();
const waits = () => {
  process.send?.("waits");
  return Promise.withResolvers().promise;
};
local.script.on("remove", waits);
local.script.on("walk", async function* () {
  yield await waits();
});
local.script.on("usage", () => ({ sizeBytes: 1n, inodes: 2n }));
await serveSnapshotter(local, { address: process.argv[2] ?? "" });
process.send?.("serves");
