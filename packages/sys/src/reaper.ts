import { constants } from "node:os";
import { natively } from "./libc.ts";
import type { ExitStatus } from "./spawn-options.ts";

/** WNOHANG of waitpid(2). */
const withoutWaiting = 1;

const calls = natively("waitpid", (libc) => ({
  waitpid: libc.func<[number, Uint8Array, number]>("int waitpid(int pid, void *status, int options)"),
}));

const status = Buffer.alloc(4);
const pending = new Map<number, (status: ExitStatus) => void>();
let users = 0;
let keepAlive: NodeJS.Timeout | undefined;

/**
 * Listens for the ends of children while `work` runs, and until every child that it gave to {@link waitForExit} ended.
 *
 * The listener must be there before a child is started: a process that ignores SIGCHLD, which is inherited, gets no
 * exit statuses at all. Only children named by pid are waited for, since libuv waits for its own in the same way.
 */
export async function whileReaping<T>(work: () => Promise<T>): Promise<T> {
  startListening();
  try {
    return await work();
  } finally {
    stopListening();
  }
}

/** Resolves with the status of the child `pid`, also if it has ended already. */
export function waitForExit(pid: number): Promise<ExitStatus> {
  startListening();
  const { promise, resolve } = Promise.withResolvers<ExitStatus>();
  pending.set(pid, resolve);
  // Its SIGCHLD may have come before we knew the pid.
  reap(pid);
  return promise;
}

/**
 * Sends a signal to a child given to {@link waitForExit}, and returns `false` once it was reaped: only until then is
 * the pid certain to be that child's.
 */
export function killUnreaped(pid: number, signal: NodeJS.Signals): boolean {
  return pending.has(pid) && process.kill(pid, signal);
}

function startListening(): void {
  users += 1;
  if (users > 1) return;
  process.on("SIGCHLD", reapAll);
  // Signal listeners do not hold the event loop open, but a child that somebody waits for must. It never fires.
  keepAlive = setInterval(reapAll, 2 ** 31 - 1);
}

function stopListening(): void {
  users -= 1;
  if (users > 0) return;
  process.removeListener("SIGCHLD", reapAll);
  clearInterval(keepAlive);
}

/** Signals of one kind do not queue, so one SIGCHLD may stand for any number of children. */
function reapAll(): void {
  for (const pid of pending.keys()) reap(pid);
}

function reap(pid: number): void {
  const result = calls().waitpid(pid, status, withoutWaiting);
  if (result === 0) return;
  const resolve = pending.get(pid);
  pending.delete(pid);
  stopListening();
  // The one way to fail is ECHILD: somebody else in this process waited for all children.
  resolve?.(result < 0 ? { code: null, signal: null } : decodeStatus(status.readInt32LE()));
}

/** The encoding of wait(2): the low seven bits hold the signal, the next byte the exit code. */
function decodeStatus(word: number): ExitStatus {
  const number = word & 0x7f;
  return number === 0 ? { code: (word >> 8) & 0xff, signal: null } : { code: null, signal: signalName(number) };
}

function signalName(number: number): NodeJS.Signals | null {
  for (const name of signalNames) if (constants.signals[name] === number) return name;
  return null;
}

function isSignalName(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

const signalNames = Object.keys(constants.signals).filter(isSignalName);
