import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ContainerStatsSchema } from "../gantry/types/v1/index.ts";
import type { ContainerStats } from "../stats.ts";
import { statsFromMessage, statsToMessage } from "./stats.ts";

function sent(stats: ContainerStats): ContainerStats {
  return statsFromMessage(fromBinary(ContainerStatsSchema, toBinary(ContainerStatsSchema, statsToMessage(stats))));
}

const most = 2n ** 64n - 1n;

const all: ContainerStats = {
  readAt: new Date(1),
  cpu: { usageNs: most, userNs: 1n, systemNs: 2n, throttledPeriods: 3n, throttledNs: 4n },
  memory: { usageBytes: most, peakBytes: 5n, limitBytes: 6n, oomKills: 7n },
  pids: { current: 8n, limit: most },
  io: { readBytes: 9n, writtenBytes: 10n, readOperations: 11n, writeOperations: 12n },
  hugetlb: [
    { pageSizeBytes: 2n << 20n, usageBytes: 13n, peakBytes: 14n, limitBytes: 15n, failures: 16n },
    { pageSizeBytes: 1n << 30n, usageBytes: 0n },
  ],
};

describe("stats as a message", () => {
  it("keep every figure, beyond 2^53 too", () => {
    const { readAt, cpu, memory, pids, io, hugetlb } = sent(all);
    assert.deepEqual(readAt, all.readAt);
    for (const [group, sentGroup] of [
      [all.cpu, cpu],
      [all.memory, memory],
      [all.pids, pids],
      [all.io, io],
      [all.hugetlb?.[0], hugetlb?.[0]],
      [all.hugetlb?.[1], hugetlb?.[1]],
    ]) {
      assert.deepEqual({ ...group, ...sentGroup }, { ...sentGroup, ...group });
      assert.ok(sentGroup !== undefined);
      assert.deepEqual(
        Object.keys(group ?? {}).filter((key) => !(key in sentGroup)),
        [],
      );
    }
  });

  it("tell 0 from what is not counted", () => {
    const zero: ContainerStats = {
      readAt: new Date(0),
      cpu: { usageNs: 0n, userNs: 0n },
      memory: { usageBytes: 0n, oomKills: 0n },
      pids: { current: 0n },
      io: { readBytes: 0n, writtenBytes: 0n },
    };
    const { cpu, memory, pids, io } = sent(zero);
    assert.deepEqual([cpu?.usageNs, cpu?.userNs, cpu?.systemNs], [0n, 0n, undefined]);
    assert.deepEqual(
      [memory?.oomKills, memory?.limitBytes, pids?.limit, io?.readOperations],
      [0n, undefined, undefined, undefined],
    );
  });

  it("leave out whole groups that are not counted", () => {
    assert.deepEqual(sent({ readAt: new Date(5) }), { readAt: new Date(5) });
  });
});
