import type { Runtime } from "@gantry/api";
import { firstRetryMs, maxRetryMs } from "../../plugins.ts";
import { withDeadline } from "../deadline.ts";
import type { CoreParts } from "../parts.ts";
import { sleep } from "../supervision/clock.ts";

/** How often one is asked whether it is there that has no events, whose end would tell. */
const checkMs = 2_000;
/** How long one may take to answer. */
const answerDeadlineMs = 5_000;

/**
 * Watches the runtimes that are processes of their own: whoever is not there at the start, or goes, is tried again and
 * again, and what it has is brought together with the records when it comes.
 */
export class RuntimeWatch {
  readonly #core: CoreParts;
  readonly #bringBack: (id: string, runtime: Runtime) => Promise<void>;
  readonly #closing = new AbortController();
  #watching: readonly Promise<void>[] = [];

  /** @param bringBack - called whenever one has come */
  constructor(core: CoreParts, bringBack: (id: string, runtime: Runtime) => Promise<void>) {
    this.#core = core;
    this.#bringBack = bringBack;
  }

  /** To be called once, when those that are there are loaded. */
  begin(): void {
    this.#watching = this.#core.runtimes.comingAndGoing.map((id) => this.#watch(id));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#watching);
  }

  async #watch(id: string): Promise<void> {
    const { signal } = this.#closing;
    const { log, runtimes } = this.#core;
    while (!signal.aborted) {
      try {
        const known = runtimes.ready().get(id);
        if (known !== undefined) {
          await this.#untilGone(id, known);
          log.warn({ runtime: id }, "a runtime is gone; it is tried again and again");
        }
        const runtime = await this.#untilThere(id);
        log.info({ runtime: id }, "a runtime has come");
        await this.#bringBack(id, runtime);
      } catch (error) {
        if (!signal.aborted)
          log.error({ err: error, runtime: id }, "the containers of a runtime cannot be brought back");
      }
    }
  }

  async #untilThere(id: string): Promise<Runtime> {
    const { clock, runtimes } = this.#core;
    for (let delayMs = firstRetryMs; ; delayMs = Math.min(2 * delayMs, maxRetryMs)) {
      await sleep(clock, delayMs, this.#closing.signal);
      const runtime = runtimes.ready().get(id) ?? (await this.#reopened(id));
      if (runtime !== undefined && (await this.#answers(id, runtime))) return runtime;
    }
  }

  /** What opens after this was closed is closed by its set. */
  async #reopened(id: string): Promise<Runtime | undefined> {
    const { runtimes } = this.#core;
    const { signal } = this.#closing;
    const closed = new Promise<false>((resolve) => {
      signal.addEventListener("abort", () => resolve(false), { once: true });
    });
    return (await Promise.race([runtimes.reopen(id), closed])) ? runtimes.ready().get(id) : undefined;
  }

  async #untilGone(id: string, runtime: Runtime): Promise<void> {
    const { signal } = this.#closing;
    if (runtime.events !== undefined) {
      // Its end is the end of the connection, however soon the other process is back.
      const events = runtime.events({ signal });
      try {
        for await (const _ of events);
      } catch {
        signal.throwIfAborted();
      }
      return;
    }
    do await sleep(this.#core.clock, checkMs, signal);
    while (await this.#answers(id, runtime));
  }

  async #answers(id: string, runtime: Runtime): Promise<boolean> {
    const closing = this.#closing.signal;
    try {
      await withDeadline({ type: "runtime", id }, answerDeadlineMs, (signal) =>
        runtime.info({ signal: AbortSignal.any([signal, closing]) }),
      );
      return true;
    } catch {
      closing.throwIfAborted();
      return false;
    }
  }
}
