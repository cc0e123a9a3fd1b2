/**
 * A room is a temporary directory of one test file, its TMPDIR. What is still in it or works in it when the file has
 * ended was left behind: files, mounts, and processes that name it in their arguments or environment.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A process that was told to end may need a moment; one that stays longer was forgotten. */
const graceMs = 2_000;

/** Node keeps compiled code here for programs that ask for it (module.enableCompileCache); it is nobody's leftover. */
const nodeCache = "node-compile-cache";

/** Makes a room; its path is short, since paths of sockets below it may have 107 bytes at most (unix(7)). */
export function openRoom() {
  const room = mkdtempSync(path.join(realpathSync(tmpdir()), "g-"));
  // As /tmp itself: others may pass through, as the root of a user namespace has to on the way to its files.
  chmodSync(room, 0o711);
  return room;
}

/**
 * Removes a room with all that is left in it, processes and mounts too, and resolves with a line for each of those:
 * none after a file that cleaned up.
 */
export async function clearRoom(room) {
  for (let waited = 0; processesIn(room).length > 0 && waited < graceMs; waited += 50) await delay(50);
  const processes = processesIn(room);
  for (const { pid } of processes) kill(pid);
  const mounts = mountsIn(room);
  for (const target of mounts) spawnSync("umount", ["--lazy", target]);
  const files = readdirSync(room).filter((name) => name !== nodeCache);
  // A removal must never reach through a mount that stayed.
  if (mountsIn(room).length === 0) rmSync(room, { recursive: true, force: true });
  return [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...mounts.map((target) => `mount ${target}`),
    ...files.map((file) => `file ${path.join(room, file)}`),
  ];
}

function processesIn(room) {
  const pids = entries("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.flatMap((pid) => {
    const command = textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const named = command.includes(room) || textOf(`/proc/${pid}/environ`).split("\0").includes(`TMPDIR=${room}`);
    return named ? [{ pid: Number(pid), command }] : [];
  });
}

/** Mount points in the room, the ones mounted last first. */
function mountsIn(room) {
  const lines = textOf("/proc/self/mountinfo").split("\n");
  const targets = lines.map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "));
  return targets.filter((target) => target.startsWith(`${room}/`)).reverse();
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** The text of a file of /proc: empty where there is no /proc, the process has ended, or it is not ours to read. */
function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function entries(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
