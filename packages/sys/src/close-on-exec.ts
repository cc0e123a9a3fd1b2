import { readdirSync } from "node:fs";
import { natively } from "./libc.ts";
import { syscallNumber } from "./syscall-numbers.ts";

/** F_GETFD, F_SETFD and FD_CLOEXEC of fcntl(2). */
const getFlags = 1;
const setFlags = 2;
const closeOnExec = 1;

/** CLOSE_RANGE_CLOEXEC of close_range(2): mark instead of close. */
const markOnly = 4;

const calls = natively("fcntl", (libc) => ({
  fcntl: libc.func<[number, number, number]>("int fcntl(int fd, int command, int argument)"),
  close_range: libc.func<[number, number, number, number]>(
    "long syscall(long number, unsigned int first, unsigned int last, unsigned int flags)",
  ),
}));

/**
 * Marks every descriptor above 2 close-on-exec, so that no program started from here inherits what this process itself
 * inherited without knowing (a directory handle that reaches a container is a way out of it: CVE-2024-21626). To be
 * called once at start; Node and this package open all of their own descriptors close-on-exec.
 *
 * @param except - descriptors to leave as they are, such as sockets handed over by a service manager
 * @returns the descriptors that lacked the mark, for a log
 */
export function closeOnExecAll(except: readonly number[] = []): readonly number[] {
  const { fcntl } = calls();
  const leaked = openDescriptors().filter((fd) => {
    // The descriptor that the list itself was read through is gone by now: fcntl answers -1 for it.
    const flags = fcntl(fd, getFlags, 0);
    return fd > 2 && flags >= 0 && (flags & closeOnExec) === 0 && !except.includes(fd);
  });
  for (const fd of leaked) fcntl(fd, setFlags, closeOnExec);
  return leaked;
}

/** The same for each start of a program, where it has to be cheap: one system call, where the kernel has it (5.11). */
export function shieldDescriptors(): void {
  const marked = calls().close_range(syscallNumber("close_range"), 3, 0xffffffff, markOnly);
  if (marked < 0) closeOnExecAll();
}

function openDescriptors(): readonly number[] {
  return readdirSync("/proc/self/fd").map(Number);
}
