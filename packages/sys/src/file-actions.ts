import { natively } from "./libc.ts";
import { errnoSymbol, SystemError } from "./system-error.ts";

/** More than `posix_spawn_file_actions_t` takes in any C library (80 bytes in glibc and musl). */
const structBytes = 256;

const calls = natively("posix_spawn", (libc) => ({
  init: libc.func<[Uint8Array]>("int posix_spawn_file_actions_init(void *actions)"),
  destroy: libc.func<[Uint8Array]>("int posix_spawn_file_actions_destroy(void *actions)"),
  adddup2: libc.func<[Uint8Array, number, number]>(
    "int posix_spawn_file_actions_adddup2(void *actions, int from, int to)",
  ),
  addopen: libc.func<[Uint8Array, number, string, number, number]>(
    "int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, uint32_t mode)",
  ),
}));

const callsForDirectory = natively("posix_spawn", (libc) => ({
  // glibc 2.29 and musl 1.1.24 have it; the name without _np is newer.
  addchdir: libc.func<[Uint8Array, string]>(
    "int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)",
  ),
}));

/** What a child does between its start and its program, in order: `posix_spawn_file_actions_t`. */
export class FileActions {
  /** Never moved by the garbage collector, and small enough to be left to it; what it points to is freed by dispose. */
  readonly struct = Buffer.alloc(structBytes);

  constructor() {
    check(calls().init(this.struct));
  }

  /** Also where both are the same: the child's descriptor then loses its close-on-exec mark. */
  duplicate(from: number, to: number): void {
    check(calls().adddup2(this.struct, from, to));
  }

  open(fd: number, path: string, flags: number): void {
    check(calls().addopen(this.struct, fd, path, flags, 0));
  }

  changeDirectory(path: string): void {
    check(callsForDirectory().addchdir(this.struct, path));
  }

  [Symbol.dispose](): void {
    calls().destroy(this.struct);
  }
}

/** These functions return their error number instead of setting errno. */
function check(result: number): void {
  if (result !== 0) throw new SystemError(errnoSymbol(result), "posix_spawn_file_actions");
}
