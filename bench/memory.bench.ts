import { type Client, createClient } from "@gantry/client";
import { proportionalBytes, residentBytes } from "../harness/memory.ts";
import { processesNamed } from "../harness/processes.ts";
import { imageName, type Machine, startMachine } from "./machine.ts";
import { type Bench, median } from "./samples.ts";

const containers = 10;
const mebibyte = 1024 * 1024;

/** What is resident when nothing happens: the daemon, and what stays beside each container that sleeps. */
export const bench: Bench = {
  name: "memory",
  async run({ directory }) {
    await using machine = await startMachine(directory);
    const { daemon, containerd } = machine;
    await settle(daemon.address);
    const idle = { ours: await residentBytes(daemon.pid), peer: await residentBytes(containerd.pid) };
    await startSleepers(machine);
    const ours = await monitors("conmon", directory);
    const peer = await monitors("containerd-shim-runc-v2", directory);
    await stopSleepers(machine);
    const unit = "MiB";
    return [
      { name: "idle daemon, resident", ...inMebibytes(idle), peerName: "containerd", unit, n: 1 },
      {
        name: "per idle container, resident",
        ...inMebibytes({ ours: median(ours.resident), peer: median(peer.resident) }),
        peerName: "containerd's shim",
        unit,
        n: containers,
      },
      {
        name: "per idle container, proportional",
        ...inMebibytes({ ours: median(ours.proportional), peer: median(peer.proportional) }),
        peerName: "containerd's shim",
        unit,
        n: containers,
      },
    ];
  },
};

/** A call of a client that then leaves: what the first call loads is part of an idle daemon. */
async function settle(address: string): Promise<void> {
  await using client: Client = createClient({ address });
  await client.containers.list();
}

async function startSleepers({ client, containerd }: Machine): Promise<void> {
  for (let index = 0; index < containers; index += 1) {
    await client.run({ id: `idle-${index}`, image: imageName, args: ["sleep", "1000"] });
    await containerd.ctr("run", "--detach", imageName, `idle-${index}`, "sleep", "1000");
  }
}

async function stopSleepers({ client, containerd }: Machine): Promise<void> {
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

function inMebibytes({ ours, peer }: { readonly ours: number; readonly peer: number }) {
  return { ours: ours / mebibyte, peer: peer / mebibyte };
}
