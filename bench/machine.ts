import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@gantry/client";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { type PrivateContainerd, runProgram, startPrivateContainerd } from "../harness/private-containerd.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { type PrivatePodman, privatePodman } from "../harness/private-podman.ts";

/** Name under which both sides have the image. */
export const imageName = "docker.io/library/busybox:latest";

/** The two daemons that are compared. */
export interface Daemons extends AsyncDisposable {
  readonly daemon: PrivateDaemon;
  readonly client: Client;
  readonly containerd: PrivateContainerd;
}

/** All sides start containers by Debian's runc: gantryd would take crun, which is faster, where it is and works. */
const sameRuntime = 'version = 1\n[runtimes.linux.options]\nociRuntime = "/usr/sbin/runc"\n';

/** Starts gantryd as built and Debian's containerd, both below `directory`. */
export async function startDaemons(directory: string): Promise<Daemons> {
  await using stack = new AsyncDisposableStack();
  const peerHome = await below(directory, "containerd");
  const containerd = stack.adopt(await startPrivateContainerd(peerHome), (started) => started.stop());
  const home = await below(directory, "gantry");
  const address = `unix://${join(home, "gantry.sock")}`;
  const config = join(home, "gantry.toml");
  await writeFile(config, sameRuntime);
  const options = { root: join(home, "root"), state: join(home, "state"), address, config, built: true };
  const daemon = stack.adopt(await startPrivateDaemon(options), stopDaemon);
  const client = stack.use(createClient({ address }));
  const owned = stack.move();
  return { daemon, client, containerd, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The image of busybox in podman's hands, below `directory`, where {@link withImage} has left its archive. */
export async function startPodman(directory: string): Promise<PrivatePodman> {
  const podman = privatePodman(await below(directory, "podman"));
  await podman.podman("load", "--input", join(directory, "image.tar"));
  return podman;
}

/** Gives both the image of busybox, unpacked. */
export async function withImage(daemons: Daemons, directory: string): Promise<Daemons> {
  const layout = join(directory, "layout");
  const archive = join(directory, "image.tar");
  await writeBusyboxImage(layout, imageName);
  await runProgram("/bin/tar", ["-C", layout, "-cf", archive, "."]);
  await daemons.containerd.ctr("images", "import", archive);
  await daemons.client.images.import(createReadStream(archive));
  await daemons.client.images.unpack(imageName);
  return daemons;
}

async function below(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path);
  return path;
}

async function stopDaemon(daemon: PrivateDaemon): Promise<void> {
  daemon.kill("SIGTERM");
  await daemon.ended;
}
