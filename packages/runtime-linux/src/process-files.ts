import { join } from "node:path";

/**
 * Where the files of one supervised process are: the bundle's directory for init, one below it for each exec.
 *
 * conmon gives names to some of them: `attach`, `ctl`, `winsz` and `oom` are made in its working directory.
 */
export class ProcessFiles {
  readonly directory: string;
  /** Name of the file in which conmon writes the exit status: it takes the OCI runtime's id of the container. */
  readonly #ociId: string;

  constructor(directory: string, ociId: string) {
    this.directory = directory;
    this.#ociId = ociId;
  }

  /** Our record of the process; while it is not there, the process is being made. */
  get record(): string {
    return join(this.directory, "meta.json");
  }

  /** The name of {@link record} once the process is being removed. */
  get removedRecord(): string {
    return join(this.directory, "removed.json");
  }

  /** How the process ended, as we tell it. */
  get exit(): string {
    return join(this.directory, "exit.json");
  }

  /** There once `start` was called, whether or not it was through. */
  get started(): string {
    return join(this.directory, "started");
  }

  get exitDirectory(): string {
    return join(this.directory, "exit");
  }

  /** The status as conmon writes it, after it has written the last of the output. */
  get monitorExit(): string {
    return join(this.exitDirectory, this.#ociId);
  }

  /** Made by conmon when the kernel tells it that memory ran out. */
  get oom(): string {
    return join(this.directory, "oom");
  }

  get pid(): string {
    return join(this.directory, "pid");
  }

  get monitorPid(): string {
    return join(this.directory, "conmon.pid");
  }

  /** The FIFO whose writing end conmon holds as long as it lives. */
  get link(): string {
    return join(this.directory, "link");
  }

  get log(): string {
    return join(this.directory, "log");
  }

  /** Where a log with a limit has its parts; {@link log} is a link to the present one then. */
  get logParts(): string {
    return join(this.directory, "logs");
  }

  /** What conmon opens to begin the log anew, and renames to {@link log}. */
  get nextLog(): string {
    return `${this.log}.tmp`;
  }

  /** What the OCI runtime logs, errors above all. */
  get ociLog(): string {
    return join(this.directory, "oci.log");
  }

  /** Takes the new size of the terminal. */
  get control(): string {
    return join(this.directory, "ctl");
  }

  /** Takes what is typed at the terminal. */
  get attach(): string {
    return join(this.directory, "attach");
  }

  /** The process's standard input. */
  get stdin(): string {
    return join(this.directory, "stdin");
  }

  /** Whoever reads this FIFO keeps {@link stdin} open until somebody opens this one. */
  get stdinHold(): string {
    return join(this.directory, "stdin.hold");
  }

  /** There as long as input to the terminal is not closed. */
  get terminalOpen(): string {
    return join(this.directory, "terminal.open");
  }

  /** The process in the form of the OCI specification, for an exec. */
  get process(): string {
    return join(this.directory, "process.json");
  }
}
