import { setTimeout as delay } from "node:timers/promises";
import { proportionalBytes, residentBytes } from "../harness/memory.ts";
import { processesNamed } from "../harness/processes.ts";
import { type Daemons, imageName, startDaemons, withImage } from "./machine.ts";
import { type Bench, median, type Row } from "./samples.ts";

const containers = 10;
const mebibyte = 1024 * 1024;
const settleMs = 8000;

/** What is resident when nothing happens: both daemons, just started and after an image, and what stays per container. */
export const bench: Bench = {
  name: "memory",
  async run({ directory }) {
    await using daemons = await startDaemons(directory);
    const fresh = await residentOf(daemons);
    const machine = await withImage(daemons, directory);
    const used = await residentOf(daemons);
    await startSleepers(machine);
    const ours = await monitors("conmon", directory);
    const peer = await monitors("containerd-shim-runc-v2", directory);
    await stopSleepers(machine);
    const resident = { ours: median(ours.resident), peer: median(peer.resident) };
    const proportional = { ours: median(ours.proportional), peer: median(peer.proportional) };
    return [
      inMebibytes("daemon, resident, started and asked once", fresh, { peerName: "containerd", n: 1 }),
      inMebibytes("daemon, resident, an image imported and unpacked", used, { peerName: "containerd", n: 1 }),
      inMebibytes("per idle container, resident", resident, { peerName: "containerd's shim", n: containers }),
      inMebibytes("per idle container, proportional", proportional, { peerName: "containerd's shim", n: containers }),
    ];
  },
};

interface Pair {
  readonly ours: number;
  readonly peer: number;
}

/** After a call each, and a pause in which what only the work needed is given back. */
async function residentOf({ client, daemon, containerd }: Daemons): Promise<Pair> {
  await client.containers.list();
  await containerd.ctr("containers", "list");
  await delay(settleMs);
  return { ours: await residentBytes(daemon.pid), peer: await residentBytes(containerd.pid) };
}

async function startSleepers({ client, containerd }: Daemons): Promise<void> {
  for (let index = 0; index < containers; index += 1) {
    await client.run({ id: `idle-${index}`, image: imageName, args: ["sleep", "1000"] });
    await containerd.ctr("run", "--detach", imageName, `idle-${index}`, "sleep", "1000");
  }
}

async function stopSleepers({ client, containerd }: Daemons): Promise<void> {
  for (let index = 0; index < containers; index += 1) {
    await client.containers.delete(`idle-${index}`, { force: true });
    await containerd.ctr("tasks", "delete", "--force", `idle-${index}`);
    await containerd.ctr("containers", "delete", `idle-${index}`);
  }
}

async function monitors(name: string, home: string): Promise<{ resident: number[]; proportional: number[] }> {
  const pids = await processesNamed(name, home);
  return {
    resident: await Promise.all(pids.map(residentBytes)),
    proportional: await Promise.all(pids.map(proportionalBytes)),
  };
}

function inMebibytes(name: string, { ours, peer }: Pair, more: Pick<Row, "peerName" | "n">): Row {
  return { name, ours: ours / mebibyte, peer: peer / mebibyte, unit: "MiB", ...more };
}
