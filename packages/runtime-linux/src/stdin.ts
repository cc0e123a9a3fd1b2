import type { Host } from "./host.ts";
import type { ProcessFiles } from "./process-files.ts";

/** The input of one process: made before it, written and closed by whoever has the runtime open. */
export interface ProcessInput {
  /** Makes what the process will read from, open until {@link close}. */
  open(): Promise<void>;
  /** Whether more can be written; also right after a restart. */
  isOpen(): Promise<boolean>;
  /** Waits while the process does not read; `false` if nobody reads any more. */
  write(data: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** Lets the process read the end behind what was written. Idempotent, and harmless where there is no input. */
  close(): Promise<void>;
}

/** The input of a process, by a FIFO or, with a terminal, by conmon. */
export function processInput(host: Host, files: ProcessFiles, terminal: boolean): ProcessInput {
  return terminal ? new TerminalInput(host, files) : new FifoInput(host, files);
}

/**
 * Reads a line and ends. Its standard output is the writing end of a process's input, which thereby stays open, whoever
 * else opens and closes it; its standard input is a FIFO open for both, so that it never reads an end of file.
 */
const untilTold = "read -r line";
const told = new TextEncoder().encode("\n");

/**
 * The kernel tells a reader of the end when the last writer is gone. Were we the only one, the end of this process would
 * be the end of the input of all containers, so a small shell keeps the writing end, one for each process with input.
 */
class FifoInput implements ProcessInput {
  readonly #host: Host;
  readonly #files: ProcessFiles;

  constructor(host: Host, files: ProcessFiles) {
    this.#host = host;
    this.#files = files;
  }

  async open(): Promise<void> {
    const { stdin, stdinHold, directory } = this.#files;
    // The process may run as anybody, and may open its input again by its name in /proc/self/fd.
    await Promise.all([this.#host.makeFifo(stdin, 0o666), this.#host.makeFifo(stdinHold, 0o600)]);
    await using end = await this.#host.openFifo(stdin, "write");
    await using hold = await this.#host.openFifo(stdinHold, "both");
    await this.#host.start({
      file: "/bin/sh",
      args: ["-c", untilTold],
      cwd: directory,
      env: {},
      fds: [hold.fd, end.fd, null],
    });
  }

  isOpen(): Promise<boolean> {
    return this.#host.exists(this.#files.stdinHold);
  }

  write(data: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#host.writeFifo(this.#files.stdin, data, signal);
  }

  async close(): Promise<void> {
    // That nobody reads it means that the shell has ended already.
    await this.#host.writeFifo(this.#files.stdinHold, told);
    await this.#host.removeFile(this.#files.stdinHold);
  }
}

/** What a terminal in its usual mode takes for the end of the input: Ctrl-D (termios(3), VEOF). */
const endOfInput = Uint8Array.of(0x04);

/** What is typed at a terminal goes through conmon's attach socket. */
class TerminalInput implements ProcessInput {
  readonly #host: Host;
  readonly #files: ProcessFiles;

  constructor(host: Host, files: ProcessFiles) {
    this.#host = host;
    this.#files = files;
  }

  async open(): Promise<void> {
    await this.#host.writeText(this.#files.terminalOpen, "");
  }

  isOpen(): Promise<boolean> {
    return this.#host.exists(this.#files.terminalOpen);
  }

  write(data: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#host.sendMessages(this.#files.attach, data, signal);
  }

  async close(): Promise<void> {
    if (await this.isOpen()) await this.write(endOfInput);
    await this.#host.removeFile(this.#files.terminalOpen);
  }
}
