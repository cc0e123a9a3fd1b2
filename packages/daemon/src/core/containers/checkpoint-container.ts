import type { CheckpointOptions } from "@gantry/api";
import type { ContainerParts } from "./container-parts.ts";
import { type ContainerRef, keyOf, noSuchContainer } from "./container-ref.ts";

/**
 * Writes the state of a container's processes to disk. One that does not go on afterwards is stopped on purpose: that is
 * written down first, so that its end does not get it restarted.
 *
 * Rejects as `Container.checkpoint`; what was wanted of the container is then as it was.
 */
export async function checkpointContainer(
  { core, live, queue }: ContainerParts,
  ref: ContainerRef,
  options: CheckpointOptions,
): Promise<void> {
  const record = core.tables.containers.find(ref.namespace, ref.id);
  if (record === undefined) throw noSuchContainer(ref);
  const container = live.get(ref);
  if (options.leaveRunning || record.restartPolicy.mode === "no") {
    await container.checkpoint(options);
    return;
  }
  await queue.run(keyOf(ref), async () => {
    const { supervision } = core.tables;
    const before = supervision.find(record.uid);
    await core.store.commit(() => supervision.change(record.uid, { desired: "stopped" }));
    try {
      await container.checkpoint(options);
    } catch (error) {
      if (before !== undefined) {
        core.store.write(() => supervision.change(record.uid, { desired: before.desired }));
      }
      throw error;
    }
  });
}
