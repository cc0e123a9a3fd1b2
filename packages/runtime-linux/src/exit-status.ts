import type { Exit, Subject } from "@gantry/api";
import type { Cgroup } from "./cgroup.ts";
import type { Host } from "./host.ts";
import type { ProcessFiles } from "./process-files.ts";
import { readExit, writeExit } from "./record.ts";

/** What is reported where the truth is lost: with the host that went down, or with a monitor that was killed. */
const lostStatus = 255;

/** What an exit is found by. */
export interface ExitSource {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly subject: Subject;
  readonly pid: number;
  /** Whose memory may have run out. */
  readonly cgroup: Cgroup;
}

/**
 * Returns how a process ended, if its end was recorded: by us, or by conmon, which does so after the last output. What
 * conmon recorded is put on disk in our form before anybody is told.
 */
export async function recordedExit(source: ExitSource): Promise<Exit | null> {
  const { host, files, subject } = source;
  const text = await host.readText(files.exit);
  if (text !== null) {
    return readExit(text, subject);
  }
  const status = await host.readText(files.monitorExit);
  if (status === null || !/^-?\d+$/.test(status.trim())) {
    return null;
  }
  const exitedAt = (await host.modifiedAt(files.monitorExit)) ?? new Date();
  // conmon writes -1 where it could not tell.
  const number = Number(status);
  return recordExit(source, { status: number >= 0 && number <= 255 ? number : lostStatus, exitedAt });
}

/** Records an end that nobody saw. */
export function recordLostExit(source: ExitSource): Promise<Exit> {
  return recordExit(source, { status: lostStatus, exitedAt: new Date() });
}

async function recordExit(
  source: ExitSource,
  seen: { readonly status: number; readonly exitedAt: Date },
): Promise<Exit> {
  const { host, files, pid, cgroup } = source;
  // conmon may be quicker to see the end than to see the kernel's notice, so the kernel's own count is asked as well.
  const oomKilled = (await host.exists(files.oom)) || (await cgroup.hasOomKill());
  const exit: Exit = { pid, status: seen.status, exitedAt: seen.exitedAt, oomKilled };
  await host.replaceText(files.exit, writeExit(exit));
  return exit;
}
