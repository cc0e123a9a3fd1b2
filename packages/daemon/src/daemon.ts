import { resolve } from "node:path";
import { OperationError } from "@gantry/api";
import type { Logger } from "pino";
import { builtinsFor } from "./builtins.ts";
import { Cleanup } from "./cleanup.ts";
import { type Config, emptyConfig } from "./config/config.ts";
import { Core } from "./core/core.ts";
import type { GcSchedule } from "./core/gc/scheduler.ts";
import type { Clock } from "./core/supervision/clock.ts";
import { secureDirectory } from "./directories.ts";
import { type DaemonDump, describeDaemon } from "./dump.ts";
import { createAccessInterceptor } from "./interceptors/access.ts";
import { createAuditInterceptor } from "./interceptors/audit.ts";
import { createErrorInterceptor } from "./interceptors/errors.ts";
import { leaseInterceptor } from "./interceptors/lease.ts";
import { createLogInterceptor } from "./interceptors/log.ts";
import { namespaceInterceptor } from "./interceptors/namespace.ts";
import { CallStopper } from "./interceptors/stop.ts";
import { createValidationInterceptor } from "./interceptors/validation.ts";
import { Listener } from "./listener/listener.ts";
import { createRpcHandler } from "./listener/rpc-handler.ts";
import { placeOf } from "./listener/tcp-address.ts";
import { TcpListener } from "./listener/tcp-listener.ts";
import { createSilentLog } from "./log.ts";
import { LoopDelay } from "./loop-delay.ts";
import { openPlugins } from "./open-plugins.ts";
import { collectPluginSources, type Registrations } from "./plugin-sources.ts";
import { lockRoot } from "./root-lock.ts";
import { HealthState } from "./services/health.ts";
import { createJsonRegistry } from "./services/json-registry.ts";
import { createServices, lastingMethods, services } from "./services/routes.ts";

/** How long calls may go on after {@link Daemon.close}, and connections after that; together below 5 s. */
const drainMs = 3_500;
const disconnectMs = 1_000;

/** What {@link createDaemon} needs. */
export interface DaemonOptions {
  /** Directory that survives a reboot of the host. Made if it is missing; its mode becomes 0700. */
  readonly root: string;
  /** Directory that a reboot empties. Likewise; 0711, so that the socket in it can be reached. */
  readonly state: string;
  /** Where to listen: `unix:///PATH`, at most 107 bytes of path. */
  readonly address: string;
  /**
   * Descriptor of the unix socket of `address`, which listens already: whoever made it decides who may open it, and
   * keeps it when the daemon ends. Default: the daemon makes the socket, and removes it.
   */
  readonly listeningDescriptor?: number;
  /** Default: nothing is configured. Its root, state and address are not looked at. */
  readonly config?: Config;
  /** Take the place of what is built in, type by type. */
  readonly registrations?: Registrations;
  /** Default: nothing is logged. */
  readonly log?: Logger;
  /** What restarts, stops and health checks wait by, for tests. Default: the clock of this process. */
  readonly clock?: Clock;
  /** When garbage is collected of its own accord. Default: 1 s after a removal, for 5 % of the time at most. */
  readonly gcSchedule?: GcSchedule;
  /**
   * Hears that records cannot be brought to the disk any more, so that the daemon is of no use until it is started anew:
   * whoever can should end the process, at once. Default: it is logged, and every further change is refused.
   */
  readonly onFailure?: (reason: unknown) => void;
}

/** A daemon that serves. */
export interface Daemon {
  /** Where it listens. */
  readonly address: string;
  /** Where it listens on TCP as well: `https://ADDRESS:PORT`, or `http` without TLS. Default: nowhere. */
  readonly url?: string | undefined;
  /** Lets pages of these origins call from now on, and of no others. */
  allowOrigins(origins: readonly string[]): void;
  /** Tells what the daemon is at, for a person who looks into it: as what SIGUSR1 has gantryd write. */
  dump(): Promise<DaemonDump>;
  /**
   * Takes certificates and keys from their files anew, for connections to come.
   *
   * Throws `failed-precondition`: one is wrong; those from before stay in use then
   */
  renewCertificates(): void;
  /**
   * Stops in order, within 5 s: new connections are refused, health says so, streams end with `unavailable`, calls at work
   * get time to end. Containers go on. Idempotent.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a daemon in this process: takes the root, opens records and plug-ins, brings containers back, and serves.
 *
 * Rejects with
 * - `failed-precondition`: another daemon has the root or the address (the message names its process), a directory is not
 *   safe to use, or the records were made by a newer version
 * - `invalid-argument`: the address has a wrong form, or two plug-ins have one id
 * - `data-loss`: the records are damaged
 */
export async function createDaemon(options: DaemonOptions): Promise<Daemon> {
  const log = options.log ?? createSilentLog();
  const root = resolve(options.root);
  const state = resolve(options.state);
  secureDirectory(root, 0o700);
  secureDirectory(state, 0o711);
  // Who would serve everybody is told so before anything else begins.
  if (options.config?.listen.tcp !== undefined) placeOf(options.config.listen.tcp);
  await using undo = new Cleanup();
  const lock = await lockRoot(root);
  undo.defer(() => lock.release());

  const config = options.config ?? emptyConfig;
  const sources = collectPluginSources(config, builtinsFor(process.platform), options.registrations ?? {});
  const fail = (reason: unknown) => {
    log.fatal({ err: reason }, "records cannot be kept any more");
    options.onFailure?.(reason);
  };
  const plugins = () => openPlugins({ sources, config, root, state, log, fail });
  const { gcSchedule } = options;
  const clock = options.clock && { clock: options.clock };
  const core = await Core.open({ root, state, log, plugins, fail, gcSchedule, ...clock });
  undo.defer(() => core.close());

  const loopDelay = new LoopDelay();
  undo.defer(() => loopDelay[Symbol.dispose]());
  const stopper = new CallStopper();
  const health = new HealthState(services.map(({ typeName }) => typeName));
  const facts = { root, state, startedAt: new Date(), loopDelay };
  const handler = createRpcHandler({
    log,
    services: createServices(core, health, facts),
    jsonOptions: { registry: createJsonRegistry() },
    interceptors: [
      createLogInterceptor(log),
      createAuditInterceptor(log),
      createErrorInterceptor(log),
      stopper.interceptor((method) => lastingMethods.has(method)),
      namespaceInterceptor,
      createAccessInterceptor((method) => lastingMethods.has(method)),
      leaseInterceptor,
      createValidationInterceptor(),
    ],
  });
  const allowedOrigins = new Set(config.listen.allowedOrigins);
  const tcp =
    config.listen.tcp &&
    (await TcpListener.open({ config: config.listen.tcp, tokens: core.tokens, handler, log, allowedOrigins }));
  undo.defer(() => tcp?.abandon());
  const inherited = options.listeningDescriptor;
  const listener = await Listener.open(options.address, {
    ...{ handler, log, allowedOrigins },
    ...(inherited !== undefined && { inherited }),
  });
  const listeners = tcp ? [listener, tcp] : [listener];
  const place = { address: options.address, url: tcp?.url };
  const dump = () => describeDaemon({ core, facts, calls: () => stopper.counts() });
  return new ServingDaemon({ ...place, listeners, stopper, health, allowedOrigins, dump, rest: undo.move() });
}

/** What a serving daemon is made of. */
interface ServingParts {
  readonly address: string;
  readonly url: string | undefined;
  readonly listeners: readonly (Listener | TcpListener)[];
  readonly stopper: CallStopper;
  readonly health: HealthState;
  readonly allowedOrigins: Set<string>;
  readonly dump: () => Promise<DaemonDump>;
  /** What is let go when nobody calls any more. */
  readonly rest: Cleanup;
}

class ServingDaemon implements Daemon {
  readonly address: string;
  readonly url: string | undefined;
  readonly #parts: ServingParts;
  #closed: Promise<void> | undefined;

  constructor(parts: ServingParts) {
    this.address = parts.address;
    this.url = parts.url;
    this.#parts = parts;
  }

  allowOrigins(origins: readonly string[]): void {
    const { allowedOrigins } = this.#parts;
    allowedOrigins.clear();
    for (const origin of origins) allowedOrigins.add(origin);
  }

  dump(): Promise<DaemonDump> {
    return this.#parts.dump();
  }

  renewCertificates(): void {
    for (const listener of this.#parts.listeners) if (listener instanceof TcpListener) listener.renew();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { address, listeners, stopper, health, rest } = this.#parts;
    health.stop();
    // Those who watch the health are told before their streams end.
    await new Promise(setImmediate);
    for (const listener of listeners) listener.stopAccepting();
    stopper.stopLasting(new OperationError("unavailable", { type: "daemon", id: address }, "the daemon is stopping"));
    await stopper.drain(drainMs);
    await Promise.all(listeners.map((listener) => listener.drain(disconnectMs)));
    await rest[Symbol.asyncDispose]();
  }
}
