/**
 * Runs a task's program under the pinned Node and is invisible beside it: same stdio, same exit status, and every
 * signal reaches the program exactly once.
 *
 * A Ctrl-C is sent by the terminal to the whole foreground group and once more by npm to its child. So the program runs
 * in a session of its own, where neither copy arrives, and this process passes on the first; copies within
 * `echoMs` are the same key press. A later one means that the program takes too long: its whole group is killed.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";
import { inRoot, root } from "./root.mjs";
import { toolchainBin } from "./toolchain.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const echoMs = 300;

/** Resolves with the exit status to end with: the program's own, or 128 + n if signal n ended it. */
export function runTask(task, args) {
  const [program, ...fixed] = task.command;
  const ownGroup = process.platform !== "win32";
  const child = spawn(program, [...fixed, ...args], {
    cwd: root,
    env: taskEnvironment(process.env),
    stdio: "inherit",
    detached: ownGroup,
  });
  const stop = passSignals(child, ownGroup);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      stop();
      console.error(`${program} cannot be started: ${error.message}`);
      resolve(127);
    });
    child.once("exit", (code, signal) => {
      stop();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** The caller's environment, with the pinned programs first in PATH and the tools told not to phone home. */
export function taskEnvironment(env) {
  const bins = [toolchainBin, inRoot("node_modules", ".bin")];
  return {
    ...env,
    // Debian keeps runc, conmon's helpers and zfs in sbin, which is not in every PATH.
    PATH: [...bins, env.PATH ?? "", "/usr/sbin", "/sbin"].filter(Boolean).join(path.delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
  };
}

function passSignals(child, ownGroup) {
  let firstAt;
  const listener = (signal) => {
    const now = Date.now();
    if (firstAt === undefined) {
      firstAt = now;
      child.kill(signal);
    } else if (now - firstAt > echoMs) {
      console.error("forced to stop");
      if (ownGroup) killGroup(child.pid);
      else child.kill("SIGKILL");
    }
  };
  // Sent to the terminal's foreground group, which the program is not in; each one counts.
  const resize = () => child.kill("SIGWINCH");
  process.on("SIGWINCH", resize);
  for (const signal of forwarded) process.on(signal, listener);
  return () => {
    process.off("SIGWINCH", resize);
    for (const signal of forwarded) process.off(signal, listener);
  };
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
