import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@gantry/client";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { type PrivateContainerd, runProgram, startPrivateContainerd } from "../harness/private-containerd.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";

/** Name under which both sides have the image. */
export const imageName = "docker.io/library/busybox:latest";

/** The two that are compared, each with the image of busybox unpacked. */
export interface Machine extends AsyncDisposable {
  readonly daemon: PrivateDaemon;
  readonly client: Client;
  readonly containerd: PrivateContainerd;
}

/** Starts gantryd as built and Debian's containerd, both below `directory`. */
export async function startMachine(directory: string): Promise<Machine> {
  const layout = join(directory, "layout");
  const archive = join(directory, "image.tar");
  await writeBusyboxImage(layout, imageName);
  await runProgram("/bin/tar", ["-C", layout, "-cf", archive, "."]);
  await using stack = new AsyncDisposableStack();
  const containerd = await stack.adopt(await startPrivateContainerd(await below(directory, "containerd")), stopPeer);
  await containerd.ctr("images", "import", archive);
  const home = await below(directory, "gantry");
  const daemon = stack.adopt(
    await startPrivateDaemon({
      root: join(home, "root"),
      state: join(home, "state"),
      address: `unix://${join(home, "gantry.sock")}`,
      built: true,
    }),
    stopOurs,
  );
  const client = stack.use(createClient({ address: daemon.address }));
  await importImage(client, archive);
  const owned = stack.move();
  return { daemon, client, containerd, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function importImage(client: Client, archive: string): Promise<void> {
  const { createReadStream } = await import("node:fs");
  await client.images.import(createReadStream(archive));
  await client.images.unpack(imageName);
}

async function below(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path);
  return path;
}

async function stopPeer(containerd: PrivateContainerd): Promise<void> {
  await containerd.stop();
}

async function stopOurs(daemon: PrivateDaemon): Promise<void> {
  daemon.kill("SIGTERM");
  await daemon.ended;
}
