import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Container, isOperationError } from "@gantry/api";
import type { StreamStatsResponseSchema } from "@gantry/api/gantry/containers/v1";
import { statsToMessage } from "@gantry/api/wire";

const defaultIntervalMs = 1_000;

/** Sends what a container uses, at once and then in intervals, until it is stopped. */
export async function* streamStats(
  container: Container,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof StreamStatsResponseSchema>, void, void> {
  yield { stats: statsToMessage(await container.stats({ signal })) };
  for (;;) {
    await delay(intervalMs || defaultIntervalMs, undefined, { signal });
    try {
      yield { stats: statsToMessage(await container.stats({ signal })) };
    } catch (error) {
      // It ended between two answers: that is the end of the stream, not its failure.
      if (isOperationError(error, "failed-precondition", "not-found")) return;
      throw error;
    }
  }
}
