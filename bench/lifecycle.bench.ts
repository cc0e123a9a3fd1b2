import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSpec } from "@gantry/api/spec";
import type { Client } from "@gantry/client";
import { run } from "@gantry/sys";
import { runProgram } from "../harness/private-containerd.ts";
import { programArguments } from "../harness/private-daemon.ts";
import { imageName, startDaemons, withImage } from "./machine.ts";
import { type Bench, timeInTurns } from "./samples.ts";

const program = ["/bin/true"];

/** From a snapshot of an image to nothing again: create, start, wait and delete of /bin/true. */
export const bench: Bench = {
  name: "lifecycle",
  async run({ directory, signal }) {
    await using daemons = await startDaemons(directory);
    const { client, daemon, containerd } = await withImage(daemons, directory);
    const bundle = await writeBundle(join(directory, "bundle"));
    const runcRoot = join(directory, "runc");
    const n = 20;
    const ms = await timeInTurns(
      {
        client: (turn) => runOne(client, `client-${turn}`),
        ctr: (turn) => containerd.ctr("run", "--rm", imageName, `ctr-${turn}`, ...program),
        cli: () => runCli(daemon.address),
        runc: (turn) => runProgram("/usr/sbin/runc", ["--root", runcRoot, "run", "-b", bundle, `runc-${turn}`]),
      },
      { n, signal },
    );
    const peer = { peer: ms.ctr, peerName: "ctr run --rm", unit: "ms", n, limit: ms.runc, limitName: "runc run" };
    return [
      { name: "create+start+wait+delete, client", ours: ms.client, ...peer },
      { name: "gantry run --rm, command line", ours: ms.cli, ...peer },
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

/** Writes what runc alone needs for the same program: the same spec over a plain directory. */
async function writeBundle(bundle: string): Promise<string> {
  const rootfs = join(bundle, "rootfs");
  for (const name of ["bin", "proc", "sys", "dev", "etc", "tmp"]) {
    await mkdir(join(rootfs, name), { recursive: true });
  }
  await cp("/bin/busybox", join(rootfs, "bin/true"));
  const { process: main, ...spec } = buildSpec({}, { args: program });
  const { username: _, ...user } = main?.user ?? {};
  const config = { ...spec, root: { path: "rootfs" }, process: { ...main, user: { uid: 0, gid: 0, ...user } } };
  await writeFile(join(bundle, "config.json"), JSON.stringify(config));
  return bundle;
}
