import type { Client } from "@gantry/client";
import { run } from "@gantry/sys";
import { programArguments } from "../harness/private-daemon.ts";
import { prepareRunc } from "./bare-runc.ts";
import { imageName, startDaemons, startPodman, withImage } from "./machine.ts";
import { type Bench, timeInTurns } from "./samples.ts";

const program = ["/bin/true"];

/** From a snapshot of an image to nothing again: create, start, wait and delete of /bin/true. */
export const bench: Bench = {
  name: "lifecycle",
  async run({ directory, signal }) {
    await using daemons = await startDaemons(directory);
    const { client, daemon, containerd } = await withImage(daemons, directory);
    await using peer = await startPodman(directory);
    const { podman, runFlags } = peer;
    const runc = await prepareRunc(directory, program);
    const n = 20;
    const ms = await timeInTurns(
      {
        client: (turn) => runOne(client, `client-${turn}`),
        ctr: (turn) => containerd.ctr("run", "--rm", imageName, `ctr-${turn}`, ...program),
        cli: () => runCli(daemon.address),
        runc: (turn) => runc.stages(`runc-${turn}`),
      },
      { n, signal },
    );
    // In turns of its own: it cleans up behind its end, on the time of whoever comes next.
    const podmanRun = () => podman("run", "--rm", ...runFlags, imageName, ...program);
    const { podmanMs } = await timeInTurns({ podmanMs: podmanRun }, { n, signal });
    const measured = { unit: "ms", n, limit: ms.runc, limitName: "runc create, start, delete" };
    const containerdRow = { ...measured, peer: ms.ctr, peerName: "ctr run --rm" };
    const podmanRow = { ...measured, peer: podmanMs, peerName: "podman run --rm" };
    const byClient = "create+start+wait+delete, client";
    const byCli = "gantry run --rm, command line";
    return [
      { name: byClient, ours: ms.client, ...containerdRow },
      { name: byClient, ours: ms.client, ...podmanRow },
      { name: byCli, ours: ms.cli, ...containerdRow },
      { name: byCli, ours: ms.cli, ...podmanRow },
    ];
  },
};

async function runOne(client: Client, id: string): Promise<void> {
  const container = await client.run({ id, image: imageName, args: program });
  const { status } = await container.wait();
  await container.delete();
  if (status !== 0) {
    throw new Error(`container ${id} ended with ${status}`);
  }
}

async function runCli(address: string): Promise<void> {
  const args = [...programArguments("cli", true), "-a", address, "run", "--rm", imageName, ...program];
  const { code, stderr } = await run({ file: process.execPath, args, env: { PATH: "/usr/bin:/bin" } });
  if (code !== 0) {
    throw new Error(`gantry run ended with ${code}: ${stderr.toString()}`);
  }
}
