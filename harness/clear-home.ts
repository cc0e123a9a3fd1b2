import { readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { unmountAll } from "@gantry/sys";
import type { PrivateDaemon } from "./private-daemon.ts";
import { processesOf } from "./processes.ts";

/**
 * Ends what was started below `home`, and removes it: the daemons, the monitors of their containers with the containers
 * under them, mounts and files. For use after a failure or an interrupt; after an orderly end only files are left.
 */
export async function clearHome(home: string, daemons: readonly PrivateDaemon[]): Promise<void> {
  for (const daemon of daemons) {
    daemon.kill("SIGKILL");
    await daemon.ended;
  }
  await endProcesses(home);
  await unmountAll(home);
  await rm(home, { recursive: true, force: true });
}

async function endProcesses(home: string): Promise<void> {
  const monitors = await processesOf(home);
  for (const pid of [...(await descendantsOf(monitors)), ...monitors]) {
    killIfThere(pid);
  }
  for (let attempt = 0; attempt < 50 && (await processesOf(home)).length > 0; attempt += 1) {
    await delay(20);
  }
}

async function descendantsOf(pids: readonly number[]): Promise<number[]> {
  const children = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "")),
  );
  const direct = children.flatMap((text) =>
    text
      .split(" ")
      .map(Number)
      .filter((pid) => pid > 0),
  );
  return direct.length === 0 ? [] : [...(await descendantsOf(direct)), ...direct];
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
