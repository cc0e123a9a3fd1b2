import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { describeConfigError } from "./config/config-error.ts";
import type { Settings } from "./config/settings.ts";
import type { Daemon } from "./daemon.ts";
import { changeLevel } from "./log.ts";

/** What {@link reload} works on. */
export interface ReloadTarget {
  readonly daemon: Pick<Daemon, "allowOrigins" | "renewCertificates">;
  readonly log: Logger;
  /** Reads files, environment and flags anew. */
  readonly reread: () => Settings;
}

/**
 * Reads the configuration again and brings into force what can be changed in a daemon that serves: how much is logged,
 * which origins may call, and what is in the files of TLS. What has to wait for the next start is named in a warning. A
 * configuration that is wrong changes nothing at all, and is logged with its place.
 *
 * @returns what is in force from now on
 */
export function reload({ daemon, log, reread }: ReloadTarget, inForce: Settings): Settings {
  let wanted: Settings;
  try {
    wanted = reread();
  } catch (error) {
    log.error({ err: error, place: describeConfigError(error) }, "the configuration is wrong, nothing was changed");
    return inForce;
  }
  const { logLevel } = wanted;
  const { allowedOrigins } = wanted.config.listen;
  const listen = { ...inForce.config.listen, allowedOrigins };
  const next = { ...inForce, logLevel, config: { ...inForce.config, listen } };
  changeLevel(log, logLevel);
  daemon.allowOrigins(allowedOrigins);
  if (inForce.config.listen.tcp?.tls !== undefined) renewCertificates(daemon, log);
  log.info({ changed: changedKeys(inForce, next) }, "the configuration was read again");
  const waiting = changedKeys(next, wanted);
  if (waiting.length > 0) log.warn({ keys: waiting }, "these can only be changed by starting the daemon anew");
  return next;
}

/** What is in use stays in use where the new files are no good. */
function renewCertificates(daemon: ReloadTarget["daemon"], log: Logger): void {
  try {
    daemon.renewCertificates();
    log.info("certificates were read anew");
  } catch (error) {
    log.error({ err: error }, "certificates cannot be renewed");
  }
}

/** The keys of the configuration that differ; those of a plug-in or of TLS are told together. */
function changedKeys(one: Settings, other: Settings): readonly string[] {
  const [before, after] = [factsOf(one), factsOf(other)];
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => !isDeepStrictEqual(before.get(key), after.get(key))).sort();
}

function factsOf({ root, state, address, logLevel, config }: Settings): ReadonlyMap<string, unknown> {
  const { listen, defaults, runtimes, snapshotters } = config;
  const named = (table: string, entries: Iterable<readonly [string, unknown]>) =>
    [...entries].map(([name, value]) => [`${table}.${name}`, value] as const);
  return new Map<string, unknown>([
    ["root", root],
    ["state", state],
    ["log_level", logLevel],
    ["listen.address", address],
    ["listen.allowed_origins", listen.allowedOrigins],
    ["listen.tcp", listen.tcp],
    ["defaults.runtime", defaults.runtime],
    ["defaults.snapshotter", defaults.snapshotter],
    ...named("runtimes", runtimes),
    ...named("snapshotters", snapshotters),
  ]);
}
