import type { Logger } from "pino";
import type { Settings } from "./config/settings.ts";
import type { Daemon } from "./daemon.ts";
import { writeDump } from "./dump.ts";
import { reload } from "./reload.ts";

/** What {@link answerSignals} needs. */
export interface SignalTarget {
  /** Signals that come before it serves are answered then. */
  readonly daemon: Promise<Daemon>;
  readonly log: Logger;
  readonly settings: Settings;
  readonly reread: () => Settings;
  /** Does what it is given, and may tell others before and after that the configuration is read again. */
  readonly around?: (work: () => void) => void;
}

/** Lets SIGHUP read the configuration again, and SIGUSR1 tell what the daemon is at. */
export function answerSignals(target: SignalTarget): void {
  const { log, reread, around = (work) => work() } = target;
  // Who waits for the daemon hears why it did not come to serve; here is nothing to add.
  const withDaemon = (work: (daemon: Daemon) => void) => void target.daemon.then(work, () => undefined);
  let inForce = target.settings;
  process.on("SIGHUP", () =>
    withDaemon((daemon) =>
      around(() => {
        inForce = reload({ daemon, log, reread }, inForce);
      }),
    ),
  );
  let isDumping = false;
  const dumpOnce = async (daemon: Daemon) => {
    // Who asks again while one is made gets that one.
    if (isDumping) return;
    isDumping = true;
    await dump(daemon, log, inForce.state);
    isDumping = false;
  };
  process.on("SIGUSR1", () => withDaemon((daemon) => void dumpOnce(daemon)));
}

async function dump(daemon: Daemon, log: Logger, state: string): Promise<void> {
  try {
    const dump = await daemon.dump();
    const path = writeDump(state, dump);
    // Whoever asks for it wants it, however little is logged otherwise.
    log.child({}, { level: "info" }).info({ path, dump }, "dump");
  } catch (error) {
    log.error({ err: error }, "dump failed");
  }
}
