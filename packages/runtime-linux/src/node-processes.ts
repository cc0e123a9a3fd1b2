import { readdir, readFile, stat } from "node:fs/promises";
import { constants } from "node:os";
import { OperationError } from "@gantry/api";
import { processIdentity, run, signalProcess, spawn } from "@gantry/sys";
import type { HostProcesses, ProcessIdentity, ProgramCall, ProgramResult, ProgramStart } from "./host.ts";
import { errnoOf, hostError, hostSubject } from "./host-error.ts";
import { createLink, joinLink, takeFromFifo } from "./node-link.ts";

/**
 * All that a program we start gets from us: where it finds its own helpers, texts without translation, and one thread for
 * the Go code of runc, whose calls are too short to share (3 of 63 ms). What else is in our environment (NODE_OPTIONS,
 * LD_PRELOAD, secrets) is none of its business.
 */
export const programEnv: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  GOMAXPROCS: "1",
};

const maxOutputBytes = 1024 * 1024;

/** {@link HostProcesses} by `@gantry/sys` and Node. */
export const nodeProcesses: HostProcesses = {
  run: runProgram,
  start: startProgram,
  identify: (pid) => guardedCall(`look at process ${pid}`, async () => processIdentity(pid)),
  children: ({ pid }) => guardedCall(`look at the children of process ${pid}`, () => childrenOf(pid)),
  hasOpen: ({ pid }, path) => guardedCall(`look at the files of process ${pid}`, () => hasOpen(pid, path)),
  signal: sendSignal,
  bootId: () =>
    guardedCall("read the boot id", async () => (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim()),
  createLink: (path) => guardedCall(`open ${path}`, () => createLink(path)),
  takeFromFifo: (path, signal) => guardedCall(`read ${path}`, () => takeFromFifo(path, signal)),
  joinLink: (path) => guardedCall(`open ${path}`, () => joinLink(path)),
};

async function guardedCall<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw hostError(error, doing);
  }
}

async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const { file, args, cwd, deadlineMs, signal, env = programEnv } = call;
  try {
    const options = { file, args, cwd, env, timeoutMs: deadlineMs, maxOutputBytes };
    const { code, stdout, stderr } = await run(signal === undefined ? options : { ...options, signal });
    return { code, stdout, stderr };
  } catch (error) {
    if (errnoOf(error) === "ETIMEDOUT") {
      const verb = args.find((argument) => !argument.startsWith("-")) ?? "";
      const detail = `${file} ${verb} did not end within ${deadlineMs} ms and was killed`;
      throw new OperationError("deadline-exceeded", hostSubject, detail, { cause: error });
    }
    throw missingProgram(error, file);
  }
}

async function startProgram(program: ProgramStart) {
  const [stdin, stdout, stderr, ...extraFds] = program.fds;
  try {
    const child = await spawn({
      file: program.file,
      args: program.args,
      cwd: program.cwd,
      env: program.env,
      stdin: stdin ?? "ignore",
      stdout: stdout ?? "ignore",
      stderr: stderr ?? "ignore",
      extraFds: extraFds.filter((fd) => fd !== null),
      detached: true,
    });
    return { pid: child.pid, ended: child.exit.then(({ code }) => code) };
  } catch (error) {
    throw missingProgram(error, program.file);
  }
}

/** ENOENT and EACCES at a start speak of the program, which was there when the runtime was opened. */
function missingProgram(error: unknown, file: string): unknown {
  const special = {
    ENOENT: "failed-precondition",
    EACCES: "failed-precondition",
    ENOEXEC: "failed-precondition",
  } as const;
  return hostError(error, `run ${file}`, { special });
}

/**
 * A child is its parent's thread's that started it, and runc has many. Needs CONFIG_PROC_CHILDREN, as every distribution
 * has it for CRIU (proc_tid_children(5)).
 */
async function childrenOf(pid: number): Promise<readonly ProcessIdentity[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const texts = tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => ""));
  const pids = (await Promise.all(texts)).flatMap((text) => text.split(" ").filter((word) => word !== ""));
  return pids.map((child) => processIdentity(Number(child))).filter((child) => child !== null);
}

async function hasOpen(pid: number, path: string): Promise<boolean> {
  const wanted = await stat(path).catch(() => null);
  const names = wanted === null ? [] : await readdir(`/proc/${pid}/fd`).catch(() => []);
  const open = await Promise.all(names.map((name) => stat(`/proc/${pid}/fd/${name}`).catch(() => null)));
  return open.some((file) => file !== null && file.dev === wanted?.dev && file.ino === wanted.ino);
}

function sendSignal(identity: ProcessIdentity, signal: number): boolean {
  try {
    const name = signalNames.get(signal);
    // Real-time signals have no names here, so they are sent to the pid, right after a look at whose it is.
    return name === undefined
      ? signalProcess(identity, 0) && process.kill(identity.pid, signal)
      : signalProcess(identity, name);
  } catch (error) {
    throw hostError(error, `signal process ${identity.pid}`);
  }
}

function isSignalName(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

const signalNames = new Map(
  Object.keys(constants.signals)
    .filter(isSignalName)
    .map((name) => [constants.signals[name], name]),
);
