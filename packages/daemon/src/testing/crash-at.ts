import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import type { FakeMoment } from "./fake-runtime.ts";
import { connectTo } from "./test-daemon.ts";

const program = new URL("./crashing-daemon.ts", import.meta.url).pathname;

/** When a daemon is to die. */
export interface Crash {
  /** Where it keeps all it has. */
  readonly directory: string;
  /** The container in whose life it dies. */
  readonly id: string;
  readonly moment: FakeMoment;
  /** At which time that the container comes to the moment. Default: the first. */
  readonly time?: number;
}

/** Runs a daemon and does `work` with it, in the middle of which it is killed by SIGKILL; fails if it is not. */
export async function crashAt(
  { directory, id, moment, time = 1 }: Crash,
  work: (client: Client<typeof ContainerService>) => Promise<unknown>,
): Promise<void> {
  const args = [...process.execArgv, program, directory, moment, id, `${time}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const connection = connectTo(join(directory, "s", "gantry.sock"), "grpc");
    await assert.rejects(work(createClient(ContainerService, connection.transport)));
    connection.close();
    assert.deepEqual(await ended, [null, "SIGKILL"]);
  } finally {
    child.kill("SIGKILL");
  }
}
