import { join } from "node:path";
import { atOnce } from "./at-once.ts";
import { embedded } from "./embedded-snapshots.ts";
import { type Daemons, startDaemons } from "./machine.ts";
import { type Bench, median, type Row } from "./samples.ts";
import { openContainerdSnapshots, openGantrySnapshots, type SnapshotCalls } from "./snapshot-services.ts";

/** How many snapshots there are when one is looked for, and when all are listed. */
const crowd = 10_000;
/** How many layers an image has that is long, but not unheard of. */
const chain = 50;
/** Cycles in one round, which is timed as a whole. */
const cycles = 200;
const rounds = 5;

/** Prepare, commit, remove, stat and walk through the two daemons' unix sockets, both syncing every change. */
export const bench: Bench = {
  name: "snapshots",
  async run({ directory, signal, log }) {
    await using daemons = await startDaemons(directory);
    using ours = await openGantrySnapshots(join(directory, "gantry/gantry.sock"));
    using peer = await openContainerdSnapshots(join(directory, "containerd/containerd.sock"));
    const sides: Sides = { ours, peer, signal };
    const rows: Row[] = [];
    for (const callers of [1, 16]) {
      rows.push(await throughput(sides, callers));
    }
    rows.push(await loopDelay(daemons));
    rows.push(await chained(sides));
    log(`making ${crowd} snapshots on each side`);
    rows.push(...(await crowded(sides)));
    rows.push(...(await embedded(directory, signal)));
    return rows;
  },
};

interface Sides {
  readonly ours: SnapshotCalls;
  readonly peer: SnapshotCalls;
  readonly signal: AbortSignal;
}

const against = { peerName: "containerd", n: rounds };

/** Both sides in turns; each figure is the median of the rounds, in milliseconds per unit of work. */
async function inTurns(
  { ours, peer, signal }: Sides,
  work: (calls: SnapshotCalls, round: number) => Promise<number>,
): Promise<{ readonly ours: number; readonly peer: number }> {
  const samples: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    signal.throwIfAborted();
    const pair = { ours: await timed(() => work(ours, round)), peer: await timed(() => work(peer, round)) };
    if (round > 0) {
      samples.ours.push(pair.ours);
      samples.peer.push(pair.peer);
    }
  }
  return { ours: median(samples.ours), peer: median(samples.peer) };
}

/** @param work - returns how many units it did */
async function timed(work: () => Promise<number>): Promise<number> {
  const begin = performance.now();
  const units = await work();
  return (performance.now() - begin) / units;
}

/** Prepare a snapshot, commit it, remove it; so many callers at once, each one cycle after another. */
async function throughput(sides: Sides, callers: number): Promise<Row> {
  const ms = await inTurns(sides, async (calls, round) => {
    await atOnce(callers, cycles, async (index) => {
      const key = `cycle-${callers}-${round}-${index}`;
      await calls.prepare(key, "");
      await calls.commit(`${key}-committed`, key);
      await calls.remove(`${key}-committed`);
    });
    return cycles;
  });
  const name = `prepare + commit + remove, ${callers} ${callers === 1 ? "caller" : "callers"}`;
  return { name, ...ms, unit: "ms", ...against };
}

async function loopDelay({ client }: Daemons): Promise<Row> {
  const { loopDelayP99Us } = await client.system.info();
  return {
    name: "event loop's delay meanwhile, 99th percentile",
    ours: Number(loopDelayP99Us) / 1000,
    peer: null,
    peerName: "",
    unit: "ms",
    n: 1,
  };
}

async function chained(sides: Sides): Promise<Row> {
  for (const calls of [sides.ours, sides.peer]) {
    for (let depth = 1; depth <= chain; depth += 1) {
      await calls.prepare(`making-${depth}`, depth === 1 ? "" : `layer-${depth - 1}`);
      await calls.commit(`layer-${depth}`, `making-${depth}`);
    }
  }
  const ms = await inTurns(sides, async (calls, round) => {
    for (let index = 0; index < cycles; index += 1) {
      await calls.prepare(`on-chain-${round}-${index}`, `layer-${chain}`);
    }
    return cycles;
  });
  return { name: `prepare on a chain of ${chain}`, ...ms, unit: "ms", ...against };
}

async function crowded(sides: Sides): Promise<readonly Row[]> {
  for (const calls of [sides.ours, sides.peer]) {
    await atOnce(16, crowd, (index) => calls.prepare(`crowd-${index}`, ""));
  }
  const stat = await inTurns(sides, async (calls) => {
    for (let index = 0; index < cycles; index += 1) {
      await calls.stat(`crowd-${(index * 7919) % crowd}`);
    }
    return cycles;
  });
  const walk = await inTurns(sides, async (calls) => {
    await calls.walk();
    return 1;
  });
  return [
    { name: `stat, one of ${crowd} snapshots`, ...stat, unit: "ms", ...against },
    { name: `walk over ${crowd} snapshots`, ...walk, unit: "ms", ...against },
  ];
}
