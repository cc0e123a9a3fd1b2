import { argv } from "node:process";
import { OperationError, type Snapshotter } from "@gantry/api";
import { connectSnapshotter, serveSnapshotter } from "@gantry/api/remote";

/** A snapshotter that keeps what is named `base/...`: nobody removes it. Everything else is the other one's work. */
const keepBases = (other: Snapshotter): Snapshotter => ({
  capabilities: other.capabilities,
  prepare: (key, parent, options) => other.prepare(key, parent, options),
  view: (key, parent, options) => other.view(key, parent, options),
  mounts: (key, options) => other.mounts(key, options),
  commit: (name, key, options) => other.commit(name, key, options),
  remove: async (name, options) => {
    if (name.startsWith("base/")) {
      throw new OperationError("failed-precondition", { type: "snapshot", id: name }, "is a base and is kept");
    }
    await other.remove(name, options);
  },
  stat: (name, options) => other.stat(name, options),
  update: (name, change, options) => other.update(name, change, options),
  usage: (name, options) => other.usage(name, options),
  walk: (filter) => other.walk(filter),
  close: () => other.close(),
});

const [, , from = "", to = ""] = argv;
const { address } = await serveSnapshotter(keepBases(await connectSnapshotter(from)), { address: to });
console.log(`serves ${address}`);
