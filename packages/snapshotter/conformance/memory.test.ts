import { registerSuite, snapshotterSuite } from "@gantry/api/testing";
import { createMemoryDriver } from "../src/drivers/memory.ts";
import { createMemoryStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";

registerSuite(
  "snapshotter: memory",
  snapshotterSuite(async () => {
    const snapshotter = await createSnapshotter(createMemoryDriver(), createMemoryStore());
    return { snapshotter, close: () => snapshotter.close() };
  }),
);
