import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, run, spawn } from "@gantry/sys";

const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Debian's containerd on directories and a socket of its own: the peer of the benchmarks. */
export interface PrivateContainerd {
  readonly pid: number;
  /** Runs `ctr` against it, started in the cheapest way there is, and returns what it printed. */
  ctr(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts containerd below `home` and waits until it answers. */
export async function startPrivateContainerd(home: string): Promise<PrivateContainerd> {
  const config = join(home, "config.toml");
  const socket = join(home, "containerd.sock");
  // Without CRI: nobody here asks for it, and it would look for network plug-ins.
  await writeFile(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  const flags = ["--config", config, "--root", join(home, "root"), "--state", join(home, "state"), "--address", socket];
  const child = await spawn({ file: "/usr/bin/containerd", args: [...flags, "--log-level", "error"], env });
  const ctr = (...args: readonly string[]) => runProgram("/usr/bin/ctr", ["--address", socket, ...args]);
  await answers(socket, ctr);
  return { pid: child.pid, ctr, stop: () => stop(child) };
}

/** Runs a program to its end and returns what it printed. Rejects with its error output if it fails. */
export async function runProgram(file: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run({ file, args, env });
  if (code !== 0) {
    throw new Error(`${file} ${args.join(" ")} ended with ${code}: ${stderr.toString()}`);
  }
  return stdout.toString();
}

async function answers(socket: string, ctr: PrivateContainerd["ctr"]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const served =
      existsSync(socket) &&
      (await ctr("version").then(
        () => true,
        () => false,
      ));
    if (served) return;
    await delay(50);
  }
  throw new Error("containerd does not answer after 10 s");
}

async function stop(child: Child): Promise<void> {
  child.kill("SIGTERM");
  await child.exit;
}
