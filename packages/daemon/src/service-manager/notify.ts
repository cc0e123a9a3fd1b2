import type { Logger } from "pino";

/** Sends one message; throws where it cannot be sent. */
export type SendMessage = (message: string) => void;

/** Tells a service manager what the daemon is at (sd_notify(3)). Where there is none, nothing happens. */
export class Notifier {
  readonly #send: SendMessage | undefined;
  readonly #log: Logger;

  constructor(send: SendMessage | undefined, log: Logger) {
    this.#send = send;
    this.#log = log;
  }

  /** Says that it serves. */
  ready(status: string): void {
    this.#tell(`READY=1\nMAINPID=${process.pid}\nSTATUS=${status}`);
  }

  /** Says that it is about to end. */
  stopping(): void {
    this.#tell("STOPPING=1\nSTATUS=stopping; containers go on");
  }

  /** Does `work`, which reads the configuration again, and says before and after that it is at it. */
  aroundReload(work: () => void): void {
    // The clock that the service manager compares with is CLOCK_MONOTONIC, as Node's.
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`);
    work();
    this.#tell("READY=1");
  }

  /**
   * Says every `intervalMs` that it is alive, from a timer of the event loop, so that a daemon whose loop is blocked is
   * found out.
   */
  keepAlive(intervalMs: number): void {
    this.#tell("WATCHDOG=1");
    setInterval(() => this.#tell("WATCHDOG=1"), intervalMs).unref();
  }

  #tell(message: string): void {
    try {
      this.#send?.(message);
    } catch (error) {
      this.#log.warn({ err: error, message }, "the service manager cannot be told");
    }
  }
}
