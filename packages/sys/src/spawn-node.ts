import { type ChildProcess, spawn as nodeSpawn } from "node:child_process";
import { once } from "node:events";
import { shieldDescriptors } from "./close-on-exec.ts";
import { explainSpawnFailure, findExecutable } from "./executable.ts";
import { killOnAbort } from "./kill-on-abort.ts";
import type { Child, ExitStatus, SpawnOptions } from "./spawn-options.ts";

/**
 * Starts a program by node:child_process, which forks: its price grows with the memory of this process and is paid on
 * the event loop's thread. It needs nothing but Node, so it is the way off Linux and in worker threads, where no
 * SIGCHLD arrives. Its pipes are socket pairs, which a program cannot open again by the name /dev/stdout.
 */
export async function spawnNode(options: SpawnOptions): Promise<Child> {
  const file = await findExecutable(options);
  options.signal?.throwIfAborted();
  if (process.platform === "linux") shieldDescriptors();
  const { stdin = "ignore", stdout = "ignore", stderr = "ignore", extraFds = [] } = options;
  const child = nodeSpawn(file, [...(options.args ?? [])], {
    argv0: options.file,
    env: { ...options.env },
    stdio: [stdin, stdout, stderr, ...extraFds],
    detached: options.detached === true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const exit = exitOf(child);
  await started(child, options);
  const { pid = 0 } = child;
  const kill = (signal: NodeJS.Signals = "SIGTERM") => child.kill(signal);
  const streams = { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr };
  return killOnAbort({ pid, exit, ...streams, kill }, options.signal);
}

async function started(child: ChildProcess, options: SpawnOptions): Promise<void> {
  try {
    await once(child, "spawn");
  } catch (error) {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    if (!(error instanceof Error && "code" in error && typeof error.code === "string")) throw error;
    throw await explainSpawnFailure(error.code, options);
  }
}

function exitOf(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}
