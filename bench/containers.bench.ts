import type { Client, RunningContainer } from "@gantry/client";
import type { PrivatePodman } from "../harness/private-podman.ts";
import { atOnce } from "./at-once.ts";
import { type Daemons, imageName, startDaemons, startPodman, withImage } from "./machine.ts";
import { type Bench, percentile, type Row, timeInTurns } from "./samples.ts";

const program = ["/bin/true"];
/** How many containers come and go in one round, and how many of them at once. */
const crowd = 100;
const callers = 8;
const deaths = 50;

/** One more process in a container, many containers at once, and how soon the end of one is told. */
export const bench: Bench = {
  name: "containers",
  async run({ directory, signal }) {
    await using daemons = await startDaemons(directory);
    await withImage(daemons, directory);
    await using podman = await startPodman(directory);
    return [
      ...(await execs({ ...daemons, podman }, signal)),
      await crowds(daemons, signal),
      await deathsTold(daemons.client),
    ];
  },
};

interface Peers extends Pick<Daemons, "client" | "containerd"> {
  readonly podman: PrivatePodman;
}

/** Once beside a container as `ctr` makes it, and once beside one with a seccomp profile, as each of ours has. */
async function execs({ client, containerd, podman }: Peers, signal: AbortSignal): Promise<Row[]> {
  const n = 20;
  await using container = await client.run({ id: "execs", image: imageName, args: ["sleep", "1000"] });
  await using bare = await peerContainer(containerd, "bare", []);
  await using filtered = await peerContainer(containerd, "filtered", ["--seccomp"]);
  await using pod = await podmanContainer(podman);
  const ms = await timeInTurns(
    {
      ours: () => execOne(client, container.id),
      bare: (turn) => bare.exec(`exec-${turn}`),
      filtered: (turn) => filtered.exec(`exec-${turn}`),
    },
    { n, signal },
  );
  // In turns of its own: it cleans up behind its end, on the time of whoever comes next.
  const { podmanMs } = await timeInTurns({ podmanMs: () => pod.exec() }, { n, signal });
  const row = { ours: ms.ours, unit: "ms", n };
  return [
    { ...row, name: "exec of /bin/true", peer: ms.filtered, peerName: "ctr tasks exec, with seccomp" },
    { ...row, name: "exec of /bin/true", peer: ms.bare, peerName: "ctr tasks exec, without" },
    { ...row, name: "exec of /bin/true", peer: podmanMs, peerName: "podman exec" },
  ];
}

interface PeerContainer extends AsyncDisposable {
  exec(id: string): Promise<unknown>;
}

async function peerContainer(
  containerd: Daemons["containerd"],
  name: string,
  options: readonly string[],
): Promise<PeerContainer> {
  await containerd.ctr("run", "--detach", ...options, imageName, name, "sleep", "1000");
  return {
    exec: (id) => containerd.ctr("tasks", "exec", "--exec-id", id, name, ...program),
    async [Symbol.asyncDispose]() {
      await containerd.ctr("tasks", "delete", "--force", name);
      await containerd.ctr("containers", "delete", name);
    },
  };
}

async function podmanContainer({ podman, runFlags }: PrivatePodman) {
  await podman("run", "--detach", ...runFlags, "--name", "execs", imageName, "sleep", "1000");
  return {
    exec: () => podman("exec", "execs", ...program),
    async [Symbol.asyncDispose]() {
      await podman("rm", "--force", "--time", "0", "execs");
    },
  };
}

async function execOne(client: Client, id: string): Promise<void> {
  const exec = await client.containers.exec(id, { args: program });
  const { status } = await exec.wait();
  await exec.delete();
  demandSuccess(id, status);
}

/** Milliseconds per container, from nothing to nothing again. */
async function crowds({ client, containerd }: Daemons, signal: AbortSignal): Promise<Row> {
  const n = 3;
  const ms = await timeInTurns(
    {
      ours: (turn) => atOnce(callers, crowd, (index) => runOne(client, `crowd-${turn}-${index}`)),
      peer: (turn) =>
        atOnce(callers, crowd, (index) =>
          containerd.ctr("run", "--rm", imageName, `crowd-${turn}-${index}`, ...program),
        ),
    },
    { n, warmUp: 1, signal },
  );
  const left = await client.containers.list();
  if (left.length > 0) {
    throw new Error(`${left.length} of ${crowd} containers are left`);
  }
  const name = `${crowd} containers, ${callers} at a time, per container`;
  return { name, ours: ms.ours / crowd, peer: ms.peer / crowd, peerName: "ctr run --rm", unit: "ms", n };
}

async function runOne(client: Client, id: string): Promise<void> {
  const container = await client.run({ id, image: imageName, args: program });
  const { status } = await container.wait();
  await container.delete();
  demandSuccess(id, status);
}

/** From the request to kill a container until its event has arrived: more than the way from its end to the event. */
async function deathsTold(client: Client): Promise<Row> {
  const told = new Map<string, (at: number) => void>();
  const reader = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reading = (async () => {
    const filters = ["topic==container.exited"];
    const options = { follow: true, filters, signal: reader.signal, onReady: () => ready.resolve() };
    for await (const { subject } of client.events.subscribe(options)) told.get(subject)?.(performance.now());
  })().catch((error: unknown) => {
    if (!reader.signal.aborted) throw error;
  });
  await ready.promise;
  const waits: number[] = [];
  for (let index = 0; index < deaths; index += 1) {
    const container = await client.run({ id: `death-${index}`, image: imageName, args: ["sleep", "1000"] });
    waits.push(await untilTold(container, told));
    await container.delete();
  }
  reader.abort();
  await reading;
  const ours = percentile(waits, 0.99);
  return { name: "kill to event, 99th percentile", ours, peer: null, peerName: "", unit: "ms", n: deaths };
}

async function untilTold(container: RunningContainer, told: Map<string, (at: number) => void>): Promise<number> {
  const telling = Promise.withResolvers<number>();
  told.set(container.id, telling.resolve);
  const begin = performance.now();
  await container.kill("SIGKILL");
  return (await telling.promise) - begin;
}

function demandSuccess(id: string, status: number): void {
  if (status !== 0) {
    throw new Error(`a process of container ${id} ended with ${status}`);
  }
}
