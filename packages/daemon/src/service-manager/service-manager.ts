import { OperationError } from "@gantry/api";
import type { Logger } from "pino";
import { Notifier } from "./notify.ts";

/** The first descriptor that a service manager hands over (sd_listen_fds(3)). */
const firstDescriptor = 3;

/** Variables by which a service manager speaks to this process, and to none that it starts. */
const variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

/** A socket that listens already. */
export interface InheritedSocket {
  readonly fd: number;
  readonly path: string;
}

/** What a service manager such as systemd arranged for this process. */
export interface ServiceManager {
  readonly notifier: Notifier;
  /** How often it wants to hear that the daemon is alive, at least; absent if it does not ask. */
  readonly aliveEveryMs?: number;
  /** Default: the daemon makes its socket itself. */
  readonly socket?: InheritedSocket;
}

/**
 * Reads from `env` what the service manager arranged, and takes it out of there: containers are none of its business.
 * Native code is loaded only if there is something.
 *
 * Rejects with `failed-precondition`: what it handed over is not one unix stream socket that listens
 */
export async function meetServiceManager(env: NodeJS.ProcessEnv, log: Logger): Promise<ServiceManager> {
  const said = new Map(variables.map((name) => [name, env[name]]));
  for (const name of variables) delete env[name];
  const socketName = said.get("NOTIFY_SOCKET");
  const isOurs = (pid: string | undefined) => pid === String(process.pid);
  const descriptors = isOurs(said.get("LISTEN_PID")) ? Number(said.get("LISTEN_FDS") ?? 0) : 0;
  if (process.platform !== "linux" || (!socketName && descriptors === 0))
    return { notifier: new Notifier(undefined, log) };
  const { listeningSocketPath, sendDatagram } = await import("@gantry/sys/sockets");
  const send = socketName ? (message: string) => sendDatagram(socketName, message) : undefined;
  const period = Number(said.get("WATCHDOG_USEC") ?? 0) / 1_000;
  const watches = period > 0 && (said.get("WATCHDOG_PID") === undefined || isOurs(said.get("WATCHDOG_PID")));
  return {
    notifier: new Notifier(send, log),
    // Twice as often as it asks for, as sd_watchdog_enabled(3) advises.
    ...(watches && { aliveEveryMs: period / 2 }),
    ...(descriptors > 0 && { socket: inheritedSocket(descriptors, listeningSocketPath) }),
  };
}

function inheritedSocket(descriptors: number, pathOf: (fd: number) => string): InheritedSocket {
  const subject = { type: "daemon", id: `descriptor ${firstDescriptor}` } as const;
  const refuse = (detail: string, cause?: unknown) =>
    new OperationError("failed-precondition", subject, `socket activation: ${detail}`, { cause });
  if (descriptors !== 1) throw refuse(`expected one socket, got ${descriptors}`);
  try {
    return { fd: firstDescriptor, path: pathOf(firstDescriptor) };
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
