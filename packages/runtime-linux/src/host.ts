import type { Mount } from "@gantry/api";
import type { mountAll } from "@gantry/sys";

/** A process that no later one with the same number is taken for: numbers are used again, start times are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process (proc_pid_stat(5), field 22). */
  readonly startTime: bigint;
  /** Of the boot that both count from. */
  readonly bootId: string;
}

/** A program to run to its end. */
export interface ProgramCall {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Default: what every program gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** After this time it is killed, and the call rejects with `deadline-exceeded`. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended. */
export interface ProgramResult {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  /** At most 1 MiB of each; what came beyond is dropped. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A program to start that goes on by itself. */
export interface ProgramStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors for 0, 1, 2, 3 and so on; `null` is /dev/null. They stay open here. */
  readonly fds: readonly (number | null)[];
}

/** The reading end of a FIFO whose writing end is held by somebody as long as that one lives. */
export interface LinkReader {
  /** The first line that was written; `null` if the writer was gone without one. */
  readonly firstLine: Promise<string | null>;
  /** Resolves when no writer is left. Never rejects. */
  readonly ended: Promise<void>;
  /** Stops reading; `ended` resolves. Idempotent. */
  close(): void;
}

/** A descriptor of this process with its owner's duty to close it. */
export interface OwnedFd extends AsyncDisposable {
  readonly fd: number;
}

/** A file being read at positions of the reader's choice. */
export interface ReadableFile extends AsyncDisposable {
  /** Fills `buffer` from byte `position` on and returns how much there was; 0 at the end. */
  read(buffer: Uint8Array, position: bigint): Promise<number>;
  size(): Promise<bigint>;
}

/** A watch on what happens in a directory. */
export interface DirectoryWatch {
  close(): void;
}

/** Files and directories. Everything made is for root alone: 0700 and 0600. */
export interface HostFiles {
  /** Returns the text, at most 4 MiB of it; `null` if there is no such file. */
  readText(path: string): Promise<string | null>;
  /**
   * Puts a file in place so that, whenever this process is killed, there is the old text or the new one, whole. It is not
   * synced: the state directory is emptied by a reboot, so no power cut leaves a file that a sync would have saved.
   */
  replaceText(path: string, text: string): Promise<void>;
  /** Writes a file that does not exist yet; one that is killed in it leaves a part. */
  writeText(path: string, text: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** What is at `path`, at the end of links; `null` if there is nothing. */
  kindOf(path: string): Promise<"directory" | "other" | null>;
  /** When the file was last written; `null` if there is none. */
  modifiedAt(path: string): Promise<Date | null>;
  /** Returns the names in a directory; none if it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** As {@link list}, of directories only. */
  listDirectories(path: string): Promise<readonly string[]>;
  /** Makes a directory, and returns whether it did; `false` if there is something of that name. */
  makeDirectory(path: string): Promise<boolean>;
  makeFifo(path: string, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, if there is one. */
  removeFile(path: string): Promise<void>;
  /** Removes a directory if it is empty or absent, and returns whether it is gone. */
  removeEmptyDirectory(path: string): Promise<boolean>;
  /** Removes a directory with all in it. Never crosses into a mount: what is mounted below makes it reject. */
  removeTree(path: string): Promise<void>;
  openForReading(path: string): Promise<ReadableFile | null>;
  /** Calls `onChange` at every change of a name or a file in `directory`. */
  watch(directory: string, onChange: () => void): DirectoryWatch;
  /** Opens one end of a FIFO, or both, and never waits for the other. Rejects with `invalid-argument`: it is no FIFO. */
  openFifo(path: string, end: "read" | "write" | "both"): Promise<OwnedFd>;
  /** Writes to a FIFO that somebody reads, and waits while it is full; `false` if nobody reads it. */
  writeFifo(path: string, data: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** Sends to a SOCK_SEQPACKET socket that somebody listens on; `false` if nobody does. */
  sendMessages(path: string, data: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /**
   * Reads a regular file as a process with `root` as its root directory would find it.
   *
   * @returns `null` if there is none
   *
   * Rejects with `invalid-argument`: it is no regular file, or larger than `maxBytes`.
   */
  readTextInRoot(root: string, path: string, maxBytes: number): Promise<string | null>;
}

/** Links to files. */
export interface HostFileLinks {
  /** Returns what a symbolic link has in it; `null` if there is nothing at `path`, or no link. */
  readLink(path: string): Promise<string | null>;
  /** Makes a symbolic link, and returns whether it did; `false` if there is something of that name. */
  makeLink(target: string, path: string): Promise<boolean>;
  /** Gives a file, or a symbolic link itself, a second name; returns `false` if there is something of that name. */
  linkFile(from: string, to: string): Promise<boolean>;
  /** Returns what tells a regular file from all others there are; `null` if there is none at `path`. */
  fileId(path: string): Promise<string | null>;
}

/** Who may have what. */
export interface HostOwners {
  /** Returns the user that a file belongs to. */
  ownerOf(path: string): Promise<number>;
  /** Lets the members of a group, or everybody for `null`, pass through a directory of root's, but not list it. */
  letPass(directory: string, gid: number | null): Promise<void>;
  /** Whether everybody may pass through a directory. */
  isPassable(directory: string): Promise<boolean>;
}

/** Processes, programs and signals. */
export interface HostProcesses {
  run(call: ProgramCall): Promise<ProgramResult>;
  /** Resolves with the exit code once the program itself, not what it left behind, has ended. */
  start(program: ProgramStart): Promise<{ readonly pid: number; readonly ended: Promise<number | null> }>;
  identify(pid: number): Promise<ProcessIdentity | null>;
  /** Returns the children of a process; none where the kernel does not tell. */
  children(parent: ProcessIdentity): Promise<readonly ProcessIdentity[]>;
  /** Whether the process has the file at `path` open, under whatever name. */
  hasOpen(process: ProcessIdentity, path: string): Promise<boolean>;
  /** Returns whether the process was there to get the signal; never reaches another one of the same number. */
  signal(identity: ProcessIdentity, signal: number): boolean;
  bootId(): Promise<string>;
  /** Makes the FIFO at `path` readable here, with a descriptor of its writing end to hand on. */
  createLink(path: string): Promise<{ readonly reader: LinkReader; readonly writer: OwnedFd }>;
  /**
   * Opens the FIFO at `path` for reading until somebody has opened it for writing and written something.
   *
   * @returns whether something came before the writer went away or the signal aborted
   */
  takeFromFifo(path: string, signal: AbortSignal): Promise<boolean>;
  /** Reads the FIFO at `path` again; `null` if nobody holds its writing end. */
  joinLink(path: string): Promise<LinkReader | null>;
}

/** How owners are shown, as `mountAll` of `@gantry/sys` takes it. */
type IdMap = NonNullable<NonNullable<Parameters<typeof mountAll>[2]>["idMap"]>;

/** Mounts. */
export interface HostMounts {
  /** Performs mounts in order below `target`; if it rejects, none of them is left. */
  mount(mounts: readonly Mount[], target: string, signal?: AbortSignal): Promise<void>;
  /** As {@link mount}, with other owners than those that are stored. Also rejects with `unimplemented`: not there. */
  mountWithOwners(
    mounts: readonly Mount[],
    target: string,
    options: { readonly idMap: IdMap; readonly signal: AbortSignal | undefined },
  ): Promise<void>;
  /** Removes all that is mounted at or below `target`. */
  unmount(target: string): Promise<void>;
}

/**
 * All that this runtime asks of the operating system; nothing else in it does. What fails rejects with an
 * `OperationError`, since only here is known what an errno means.
 */
export interface Host extends HostFiles, HostFileLinks, HostOwners, HostProcesses, HostMounts {}
