import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { createMemoryDriver } from "../src/drivers/memory.ts";
import { createSnapshotter } from "../src/snapshotter.ts";
import { createMemoryStore } from "../src/sqlite-store.ts";

registerSuite(
  "snapshotter: memory",
  snapshotterSuite(async () => {
    const snapshotter = await createSnapshotter(createMemoryDriver(), createMemoryStore());
    return { snapshotter, close: () => snapshotter.close() };
  }),
);
