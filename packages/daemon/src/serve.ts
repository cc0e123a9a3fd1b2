import type { Logger } from "pino";
import type { Settings } from "./config/settings.ts";
import { createDaemon, type Daemon } from "./daemon.ts";
import { createLog } from "./log.ts";
import { meetServiceManager } from "./service-manager/service-manager.ts";
import { answerSignals } from "./signals.ts";
import { releaseStartUpMemory } from "./start-up-memory.ts";
import { daemonVersion } from "./version.ts";

/**
 * Runs the daemon as this process until SIGTERM or SIGINT; a second one ends it at once, with status 1. SIGHUP has it
 * read its configuration again, by `reread`; SIGUSR1 tell what it is at.
 */
export async function serve(settings: Settings, reread: () => Settings): Promise<void> {
  process.umask(0o077);
  const log = createLog(settings.logLevel);
  failLoudly(log);
  await shieldDescriptors(log);
  const stop = stopSignal(log);
  const { notifier, aliveEveryMs, socket } = await meetServiceManager(process.env, log);
  const { config, root, state } = settings;
  const address = socket === undefined ? settings.address : `unix://${socket.path}`;
  // No orderly end: what it would still write is not to be trusted. Containers go on, and the next start finds them.
  const onFailure = () => process.exit(1);
  const starting = createDaemon({
    ...{ config, root, state, address, log, onFailure },
    ...(socket && { listeningDescriptor: socket.fd }),
  });
  answerSignals({ daemon: starting, log, settings, reread, around: (work) => notifier.aroundReload(work) });
  const daemon = await starting;
  log.info({ address, url: daemon.url, version: daemonVersion(), root, state }, "serving");
  notifier.ready(`serving ${address}`);
  if (aliveEveryMs !== undefined) notifier.keepAlive(aliveEveryMs);
  void releaseStartUpMemory();
  await stop;
  notifier.stopping();
  await closeDaemon(daemon, log);
}

/** What nobody expected has left the daemon in a state that nobody knows; the next start brings everything back. */
function failLoudly(log: Logger): void {
  const fail = (error: unknown, origin: string) => {
    log.fatal({ err: error, origin }, "failed for a reason that nobody expected");
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", (reason) => fail(reason, "unhandledRejection"));
}

async function shieldDescriptors(log: Logger): Promise<void> {
  if (process.platform !== "linux") return;
  const { closeOnExecAll } = await import("@gantry/sys");
  const inherited = closeOnExecAll();
  if (inherited.length > 0) log.info({ descriptors: inherited }, "inherited descriptors are kept from containers");
}

function stopSignal(log: Logger): Promise<void> {
  const stopping = Promise.withResolvers<void>();
  let asked = false;
  const ask = (signal: NodeJS.Signals) => {
    if (asked) {
      log.warn({ signal }, "stopped at once");
      process.exit(1);
    }
    asked = true;
    log.info({ signal }, "stopping");
    stopping.resolve();
  };
  process.on("SIGTERM", ask);
  process.on("SIGINT", ask);
  return stopping.promise;
}

async function closeDaemon(daemon: Daemon, log: Logger): Promise<void> {
  await daemon.close();
  log.info("stopped");
}
