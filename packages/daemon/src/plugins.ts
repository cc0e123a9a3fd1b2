import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { OperationError, type SubjectType } from "@gantry/api";
import type { PluginContext, Registration } from "@gantry/api/plugin";
import type { Logger } from "pino";
import { childLog } from "./log.ts";

/** Where a registration comes from. Loading it is part of opening it, so that a module that is broken fails alone. */
export interface PluginSource<T> {
  readonly id: string;
  /** From the configuration; the plug-in checks them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether it is a process of its own, which may begin later, and end and begin again. Default: false. */
  readonly comesAndGoes?: boolean;
  load(): Promise<Registration<T>>;
}

/** How long one that is a process of its own is left alone that is not there: at first, and at most. */
export const firstRetryMs = 250;
export const maxRetryMs = 15_000;

/** What became of a plug-in. */
export type PluginOutcome<T> =
  | { readonly id: string; readonly status: "ready"; readonly plugin: T }
  | { readonly id: string; readonly status: "skipped" | "failed"; readonly reason: string };

/** How {@link PluginSet.open} opens plug-ins. */
export interface PluginSetOptions<T> {
  readonly type: "runtime" | "snapshotter" | "content";
  readonly sources: readonly PluginSource<T>[];
  /** Directories that get one of their own for each plug-in. */
  readonly root: string;
  readonly state: string;
  readonly log: Logger;
  /** Hears of a plug-in that is of no use until it is opened anew. */
  readonly fail: (reason: unknown) => void;
  /** Which one is used where nobody names one. Default: the first that is ready. */
  readonly defaultId?: string | undefined;
  /** How long one may take to open. Default: 10,000. */
  readonly deadlineMs?: number;
  /** How long {@link PluginSet.keepTrying} waits first. Default: 250. */
  readonly retryMs?: number;
  readonly close: (plugin: T) => Promise<void>;
}

/** The plug-ins of one type, each ready or not there with its reason; one that fails never keeps others away. */
export class PluginSet<T> {
  readonly type: SubjectType;
  readonly #options: PluginSetOptions<T>;
  readonly #defaultId: string | undefined;
  #outcomes: readonly PluginOutcome<T>[];
  #isClosed = false;

  private constructor(outcomes: readonly PluginOutcome<T>[], options: PluginSetOptions<T>) {
    this.type = options.type;
    this.#outcomes = outcomes;
    this.#options = options;
    this.#defaultId = options.defaultId;
  }

  /**
   * Opens all plug-ins at once.
   *
   * Rejects with `invalid-argument`: two have the same id
   */
  static async open<T>(options: PluginSetOptions<T>): Promise<PluginSet<T>> {
    const ids = options.sources.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) {
      throw new OperationError("invalid-argument", { type: options.type, id: twice }, "two plug-ins have this id");
    }
    const outcomes = await Promise.all(options.sources.map((source) => openWithDeadline(source, options)));
    for (const outcome of outcomes) report(outcome, options);
    return new PluginSet(outcomes, options);
  }

  /** What became of each, as it is now. */
  get outcomes(): readonly PluginOutcome<T>[] {
    return this.#outcomes;
  }

  /** Ids of those that are processes of their own. */
  get comingAndGoing(): readonly string[] {
    return this.#options.sources.flatMap(({ id, comesAndGoes }) => (comesAndGoes ? [id] : []));
  }

  /**
   * Opens those that are processes of their own and not ready as soon as they have come, with growing waits. For plug-ins of
   * which nobody has to know when they come; else {@link reopen} is for who has to.
   */
  keepTrying(): void {
    for (const id of this.comingAndGoing) this.#tryLater(id, this.#options.retryMs ?? firstRetryMs);
  }

  /** Opens one again that was not ready; returns whether it is now. */
  async reopen(id: string): Promise<boolean> {
    const source = this.#options.sources.find((one) => one.id === id);
    if (source === undefined || this.ready().has(id)) return source !== undefined;
    const outcome = await openWithDeadline(source, this.#options);
    if (outcome.status !== "ready") return false;
    if (this.#isClosed) {
      await this.#options.close(outcome.plugin);
      return false;
    }
    this.#outcomes = this.#outcomes.map((one) => (one.id === id ? outcome : one));
    report(outcome, this.#options);
    return true;
  }

  /** Id of the plug-in that is used where nobody names one; `undefined` if it is not there. */
  get defaultId(): string | undefined {
    const ready = [...this.ready()].map(([id]) => id);
    return this.#defaultId === undefined ? ready[0] : ready.find((id) => id === this.#defaultId);
  }

  /** The plug-ins that work, by id. */
  ready(): ReadonlyMap<string, T> {
    const ready = this.outcomes.flatMap((one) => (one.status === "ready" ? [[one.id, one.plugin] as const] : []));
    return new Map(ready);
  }

  /**
   * Returns a plug-in and its id.
   *
   * @param id - empty for the default
   *
   * Throws `not-found`: it is not ready; the message says why, and which are. `unavailable` if it may come yet
   */
  get(id: string): { readonly id: string; readonly plugin: T } {
    const wanted = id === "" ? (this.defaultId ?? this.#defaultId ?? "") : id;
    const ready = this.ready();
    const plugin = ready.get(wanted);
    if (plugin !== undefined) return { id: wanted, plugin };
    const known = this.outcomes.find((outcome) => outcome.id === wanted);
    const why = known !== undefined && "reason" in known ? `is not ready (${known.reason})` : "is not there";
    const others = ready.size === 0 ? "none is ready" : `ready: ${[...ready.keys()].join(", ")}`;
    const kind = this.comingAndGoing.includes(wanted) ? "unavailable" : "not-found";
    throw new OperationError(kind, { type: this.type, id: wanted }, `${why}; ${others}`);
  }

  /** Closes all that are ready; returns what failed while doing so. */
  async close(): Promise<readonly unknown[]> {
    this.#isClosed = true;
    const { close } = this.#options;
    const results = await Promise.allSettled([...this.ready().values()].map((plugin) => close(plugin)));
    return results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  }

  #tryLater(id: string, delayMs: number): void {
    if (this.#isClosed || this.ready().has(id)) return;
    const again = async () => {
      await this.reopen(id).catch((error) => this.#options.log.warn({ err: error, id }, "a plug-in cannot be closed"));
      this.#tryLater(id, Math.min(2 * delayMs, maxRetryMs));
    };
    setTimeout(again, delayMs).unref();
  }
}

async function openWithDeadline<T>(source: PluginSource<T>, options: PluginSetOptions<T>): Promise<PluginOutcome<T>> {
  const { id } = source;
  const deadlineMs = options.deadlineMs ?? 10_000;
  const late = Promise.withResolvers<PluginOutcome<T>>();
  const timer = setTimeout(() => {
    late.resolve({ id, status: "failed", reason: `did not open within ${deadlineMs} ms` });
  }, deadlineMs);
  const opening = openPlugin(source, options);
  const outcome = await Promise.race([opening, late.promise]);
  clearTimeout(timer);
  if (outcome.status === "failed") {
    // One that opens after all is not used any more; it may hold locks.
    void opening.then((opened) => (opened.status === "ready" ? options.close(opened.plugin) : undefined));
  }
  return outcome;
}

async function openPlugin<T>(source: PluginSource<T>, options: PluginSetOptions<T>): Promise<PluginOutcome<T>> {
  const { id } = source;
  try {
    const registration = await source.load();
    const opened = await registration.open(contextFor(source, options));
    return "ready" in opened
      ? { id, status: "ready", plugin: opened.ready }
      : { id, status: "skipped", reason: opened.skipped };
  } catch (error) {
    return { id, status: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function contextFor<T>(source: PluginSource<T>, options: PluginSetOptions<T>): PluginContext {
  const root = join(options.root, source.id);
  const state = join(options.state, source.id);
  for (const directory of [root, state]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Root of a container's user namespace, another user to the host, passes through on its way to its files.
  chmodSync(options.state, 0o711);
  const log = childLog(options.log, { [options.type]: source.id });
  return {
    root,
    state,
    options: source.options,
    log: (level, message, fields) => log[level](fields ?? {}, message),
    fail: options.fail,
  };
}

function report<T>(outcome: PluginOutcome<T>, { type, log }: PluginSetOptions<T>): void {
  const { id, status } = outcome;
  if (outcome.status === "ready") log.debug({ type, id, status }, "plug-in");
  else log[status === "failed" ? "error" : "info"]({ type, id, status, reason: outcome.reason }, "plug-in");
}
