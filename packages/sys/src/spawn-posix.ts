import { blockingCall } from "./blocking-call.ts";
import { ChildStdio } from "./child-stdio.ts";
import { shieldDescriptors } from "./close-on-exec.ts";
import { explainSpawnFailure, findExecutable } from "./executable.ts";
import { FileActions } from "./file-actions.ts";
import { killOnAbort } from "./kill-on-abort.ts";
import { cString, natively, type PathLike } from "./libc.ts";
import { killUnreaped, waitForExit, whileReaping } from "./reaper.ts";
import type { Child, SpawnOptions } from "./spawn-options.ts";
import { errnoSymbol, SystemError } from "./system-error.ts";

/** Flags of posix_spawnattr_setflags(3), with the same values in glibc and musl. */
const defaultSignals = 0x04;
const signalMask = 0x08;
const newSession = 0x80;

/** More than `posix_spawnattr_t` takes in any C library (336 bytes in glibc and musl). */
const attributesBytes = 512;
const signalSetBytes = 128;

type SpawnArguments = [Uint8Array, PathLike, Uint8Array, Uint8Array, (string | null)[], (string | null)[]];

const calls = natively("posix_spawn", (libc) => ({
  posix_spawn: libc.func<SpawnArguments>(
    "int posix_spawn(void *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)",
  ),
  init: libc.func<[Uint8Array]>("int posix_spawnattr_init(void *attributes)"),
  setflags: libc.func<[Uint8Array, number]>("int posix_spawnattr_setflags(void *attributes, short flags)"),
  setsigmask: libc.func<[Uint8Array, Uint8Array]>(
    "int posix_spawnattr_setsigmask(void *attributes, const void *signals)",
  ),
  setsigdefault: libc.func<[Uint8Array, Uint8Array]>(
    "int posix_spawnattr_setsigdefault(void *attributes, const void *signals)",
  ),
  sigfillset: libc.func<[Uint8Array]>("int sigfillset(void *signals)"),
}));

/** Attributes are constants once set, so each of the two kinds is made once. */
const attributesByFlags = new Map<number, Uint8Array>();

/**
 * Starts a program by posix_spawn(3), on a thread of libuv's pool. The C library starts it as vfork(2) does, sharing
 * our memory until the program is in place, so the price does not grow with the size of this process.
 */
export async function spawnPosix(options: SpawnOptions): Promise<Child> {
  const file = await findExecutable(options);
  return whileReaping(async () => {
    options.signal?.throwIfAborted();
    const stdio = new ChildStdio(options);
    try {
      const pid = await start(file, options, stdio);
      stdio.closeForChild();
      const exit = waitForExit(pid);
      const kill = (signal: NodeJS.Signals = "SIGTERM") => killUnreaped(pid, signal);
      return killOnAbort({ pid, exit, ...stdio.streams(), kill }, options.signal);
    } catch (error) {
      stdio.abandon();
      throw error;
    }
  });
}

async function start(file: string, options: SpawnOptions, stdio: ChildStdio): Promise<number> {
  const pid = Buffer.alloc(4);
  using actions = new FileActions();
  stdio.addTo(actions);
  if (options.cwd !== undefined) actions.changeDirectory(options.cwd);
  shieldDescriptors();
  const argv = cStrings([options.file, ...(options.args ?? [])]);
  const envp = cStrings(Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`));
  const attributes = attributesFor(options.detached === true);
  const args: SpawnArguments = [pid, cString(file, "spawn"), actions.struct, attributes, argv, envp];
  const result = await blockingCall(calls().posix_spawn, args, { syscall: "posix_spawn" });
  if (result !== 0) throw await explainSpawnFailure(errnoSymbol(result), options);
  return pid.readInt32LE();
}

function attributesFor(detached: boolean): Uint8Array {
  const flags = defaultSignals | signalMask | (detached ? newSession : 0);
  const known = attributesByFlags.get(flags);
  if (known !== undefined) return known;
  const attributes = Buffer.alloc(attributesBytes);
  const signals = Buffer.alloc(signalSetBytes);
  const { init, setflags, setsigmask, setsigdefault, sigfillset } = calls();
  check(init(attributes));
  check(setflags(attributes, flags));
  // Zeros are the empty set: the child starts with no signal blocked, whatever the thread it is started on blocks.
  check(setsigmask(attributes, signals));
  // Ignored signals are inherited, and Node ignores SIGPIPE.
  check(sigfillset(signals));
  check(setsigdefault(attributes, signals));
  attributesByFlags.set(flags, attributes);
  return attributes;
}

/** A list of C strings, ended by a null pointer; a NUL byte inside one would cut it short. */
function cStrings(strings: readonly string[]): (string | null)[] {
  for (const string of strings) cString(string, "spawn");
  return [...strings, null];
}

function check(result: number): void {
  if (result !== 0) throw new SystemError(errnoSymbol(result), "posix_spawnattr");
}
