import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectCaller, openConnectCaller } from "../harness/connect-caller.ts";
import { type GrpcCaller, openGrpcCaller } from "../harness/grpc-caller.ts";
import { startPrivateContainerd } from "../harness/private-containerd.ts";
import { startPrivateDaemon } from "../harness/private-daemon.ts";
import { atOnce } from "./at-once.ts";
import { startDaemons } from "./machine.ts";
import { type Bench, median, type Row, timeInTurns } from "./samples.ts";

const ourVersion = "/gantry.system.v1.SystemService/GetVersion";
const peerVersion = "/containerd.services.version.v1.Version/Version";
const nothing = new Uint8Array();
/** Calls in one round, which is timed as a whole. */
const calls = 2_000;
const rounds = 5;
const starts = 10;
const pollMs = 2;
const patienceMs = 30_000;

/** The least that a daemon is asked: how many calls it answers, and how soon after its start. */
export const bench: Bench = {
  name: "daemon",
  async run({ directory, signal }) {
    return [...(await versions(directory, signal)), await readiness(directory, signal)];
  },
};

async function versions(directory: string, signal: AbortSignal): Promise<readonly Row[]> {
  await using _daemons = await startDaemons(directory);
  const socket = join(directory, "gantry/gantry.sock");
  using grpc = await openGrpcCaller(socket, {});
  using connect = openConnectCaller(socket);
  using peer = await openGrpcCaller(join(directory, "containerd/containerd.sock"), {});
  const rows: Row[] = [];
  for (const callers of [1, 64]) {
    const ms = await timeInTurns(
      {
        grpc: () => ask(grpc, ourVersion, callers),
        connect: () => ask(connect, ourVersion, callers),
        peer: () => ask(peer, peerVersion, callers),
      },
      { n: rounds, warmUp: 1, signal },
    );
    const by = `, ${callers} ${callers === 1 ? "caller" : "callers"}, per call`;
    const against = { peer: ms.peer / calls, peerName: "containerd's Version, gRPC", unit: "ms", n: rounds };
    rows.push({ name: `version by gRPC${by}`, ours: ms.grpc / calls, ...against });
    rows.push({ name: `version by Connect over HTTP/1.1${by}`, ours: ms.connect / calls, ...against });
  }
  return rows;
}

function ask(caller: GrpcCaller | ConnectCaller, method: string, callers: number): Promise<void> {
  return atOnce(callers, calls, () => caller.call(method, nothing));
}

/** From the start of the process to its first answer, on directories that are there. */
async function readiness(directory: string, signal: AbortSignal): Promise<Row> {
  const samples: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let turn = 0; turn <= starts; turn += 1) {
    signal.throwIfAborted();
    const pair = { ours: await startOurs(join(directory, "gantry")), peer: await startPeer(join(directory, "peer")) };
    // The first one makes the directories.
    if (turn === 0) continue;
    samples.ours.push(pair.ours);
    samples.peer.push(pair.peer);
  }
  const ms = { ours: median(samples.ours), peer: median(samples.peer) };
  return { name: "start to first answer", ...ms, peerName: "containerd", unit: "ms", n: starts };
}

async function startOurs(home: string): Promise<number> {
  const socket = join(home, "gantry.sock");
  const options = { root: join(home, "root"), state: join(home, "state"), address: `unix://${socket}`, built: true };
  const begin = performance.now();
  const [answered, daemon] = await Promise.all([firstAnswer(socket, ourVersion), startPrivateDaemon(options)]);
  daemon.kill("SIGTERM");
  await daemon.ended;
  return answered - begin;
}

async function startPeer(home: string): Promise<number> {
  await mkdir(home, { recursive: true });
  const begin = performance.now();
  const [answered, containerd] = await Promise.all([
    firstAnswer(join(home, "containerd.sock"), peerVersion),
    startPrivateContainerd(home),
  ]);
  await containerd.stop();
  return answered - begin;
}

/** Asks until there is an answer, and returns when it came. */
async function firstAnswer(socket: string, method: string): Promise<number> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    try {
      using caller = await openGrpcCaller(socket, {});
      await caller.call(method, nothing);
      return performance.now();
    } catch {
      await delay(pollMs);
    }
  }
  throw new Error(`there is no answer at ${socket} after ${patienceMs} ms`);
}
