/**
 * Setting up is done by one process at a time: of runs that start together, the first installs and the others find
 * everything ready. flock(1) (essential on Debian) gives a lock that the kernel drops when its holder dies, so a killed
 * run never leaves a stale one. Where flock is missing, set-ups may run side by side; each still installs by rename.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { inRoot } from "./root.mjs";

const setUp = inRoot("scripts", "bootstrap", "set-up.mjs");
const busy = 75; // EX_TEMPFAIL, chosen for "the lock is held"

/** Runs `set-up.mjs` for the task of that name under the lock; returns whether the task may go on. */
export function setUpUnderLock(taskName) {
  mkdirSync(inRoot(".toolchain"), { recursive: true });
  const lock = inRoot(".toolchain", "lock");
  const command = [process.execPath, setUp, taskName];
  let result = run("flock", ["--nonblock", "--conflict-exit-code", String(busy), lock, ...command]);
  if (result.status === busy) {
    console.error("waiting for another run to finish its set-up");
    result = run("flock", [lock, ...command]);
  }
  if (result.error?.code === "ENOENT") result = run(process.execPath, [setUp, taskName]);
  return result.status === 0;
}

function run(file, args) {
  return spawnSync(file, args, { stdio: ["ignore", "inherit", "inherit"] });
}
