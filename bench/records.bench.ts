import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@gantry/client";
import { writeSimulatedConfig } from "../demo/simulated.ts";
import { startPrivateContainerd } from "../harness/private-containerd.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { atOnce } from "./at-once.ts";
import { openContainerdRecords, openGantryRecords, type RecordCalls } from "./record-services.ts";
import { type Bench, median, type Row, timeInTurns } from "./samples.ts";

/** How many containers are on record. */
const crowd = 10_000;
/** Calls in one round of those that are short. */
const calls = 500;
const rounds = 5;
const groups = 100;
const subscribers = 1_000;
/** The daemon lets 128 calls go over one connection at a time. */
const subscribersPerConnection = 100;

/** Many records of containers, and many who want to hear of them. Containers are simulated: only the daemon's part counts. */
export const bench: Bench = {
  name: "records",
  async run({ directory, signal, log }) {
    const gantry = join(directory, "gantry");
    const peerHome = join(directory, "containerd");
    await Promise.all([mkdir(gantry), mkdir(peerHome)]);
    const config = await writeSimulatedConfig(gantry);
    const daemon = await startOurs(gantry, config);
    const containerd = await startPrivateContainerd(peerHome);
    try {
      using ours = await openGantryRecords(join(gantry, "gantry.sock"));
      using peer = await openContainerdRecords(join(peerHome, "containerd.sock"));
      log(`making ${crowd} records on each side`);
      const made = await makeAll({ ours, peer });
      const asked = await askAll({ ours, peer }, signal);
      return [made, ...asked, await told(daemon.address), await boot(gantry, config, daemon)];
    } finally {
      daemon.kill("SIGTERM");
      await daemon.ended;
      await containerd.stop();
    }
  },
};

interface Sides {
  readonly ours: RecordCalls;
  readonly peer: RecordCalls;
}

const against = { peerName: "containerd", unit: "ms" };

function startOurs(home: string, config: string): Promise<PrivateDaemon> {
  const address = `unix://${join(home, "gantry.sock")}`;
  return startPrivateDaemon({ root: join(home, "root"), state: join(home, "state"), address, config, built: true });
}

async function makeAll({ ours, peer }: Sides): Promise<Row> {
  const perRecord = async (side: RecordCalls) => {
    const begin = performance.now();
    await atOnce(16, crowd, (index) => side.create(`record-${index}`, `g${index % groups}`));
    return (performance.now() - begin) / crowd;
  };
  const ms = { ours: await perRecord(ours), peer: await perRecord(peer) };
  return { name: "create a record, 16 callers, per record", ...ms, ...against, n: 1 };
}

async function askAll(sides: Sides, signal: AbortSignal): Promise<readonly Row[]> {
  const inTurns = (work: (side: RecordCalls) => Promise<unknown>) =>
    timeInTurns({ ours: () => work(sides.ours), peer: () => work(sides.peer) }, { n: rounds, warmUp: 1, signal });
  const get = await inTurns(async (side) => {
    for (let index = 0; index < calls; index += 1) await side.get(`record-${(index * 7919) % crowd}`);
  });
  const list = await inTurns((side) => side.list());
  const group = await inTurns((side) => side.listGroup("g7"));
  const more = { ...against, n: rounds };
  return [
    { name: `get one of ${crowd} records`, ours: get.ours / calls, peer: get.peer / calls, ...more },
    { name: `list ${crowd} records`, ...list, ...more },
    { name: `list ${crowd / groups} of ${crowd} by a label`, ...group, ...more },
  ];
}

/** From a change until the last of all subscribers has been told. */
async function told(address: string): Promise<Row> {
  await using client = createClient({ address });
  await using readers = new AsyncDisposableStack();
  const leave = new AbortController();
  const heard = new Heard();
  const reading: Promise<void>[] = [];
  for (let index = 0; index < subscribers; index += subscribersPerConnection) {
    const connection = readers.use(createClient({ address }));
    reading.push(...Array.from({ length: subscribersPerConnection }, () => read(connection, heard, leave.signal)));
  }
  await heard.all("ready");
  const waits: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const name = `told-${round}`;
    const begin = performance.now();
    await client.namespaces.create(name);
    waits.push((await heard.all(name)) - begin);
  }
  leave.abort();
  await Promise.all(reading);
  const name = `an event to ${subscribers} subscribers, until the last has it`;
  return { name, ours: median(waits), peer: null, peerName: "", unit: "ms", n: rounds };
}

async function read(client: Client, heard: Heard, signal: AbortSignal): Promise<void> {
  const filters = ["topic==namespace.created"];
  const options = { follow: true, allNamespaces: true, filters, signal, onReady: () => heard.note("ready") };
  try {
    for await (const { subject } of client.events.subscribe(options)) heard.note(subject);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Counts, by a word, how many of the subscribers have heard it. */
class Heard {
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();

  note(word: string): void {
    const count = (this.#counts.get(word) ?? 0) + 1;
    this.#counts.set(word, count);
    if (count === subscribers) this.#waiting.get(word)?.(performance.now());
  }

  /** Resolves with the moment at which the last one heard it. */
  all(word: string): Promise<number> {
    return new Promise((resolve) => {
      if (this.#counts.get(word) === subscribers) resolve(performance.now());
      else this.#waiting.set(word, resolve);
    });
  }
}

/** A start on all these records, whose containers the runtime has lost with the process that held them. */
async function boot(home: string, config: string, first: PrivateDaemon): Promise<Row> {
  first.kill("SIGTERM");
  await first.ended;
  const second = await startOurs(home, config);
  second.kill("SIGTERM");
  await second.ended;
  return { name: `start with ${crowd} records`, ours: second.readyMs, peer: null, peerName: "", unit: "ms", n: 1 };
}
