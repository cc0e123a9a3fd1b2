import type { CallOptions, Exit, Signal } from "@gantry/api";
import { exitFromMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** How to stop a container. */
export interface StopOptions extends CallOptions {
  /** What asks the init process to end. Default: SIGTERM. */
  readonly stopSignal?: Signal;
  /** Milliseconds after which it is killed. Default: 10,000. */
  readonly timeoutMs?: number;
}

/** How one run of a container ended. */
export interface PastExit extends Exit {
  /** Tells a container from an older one of the same id; grows. */
  readonly uid: bigint;
  /** Number of the run, from 1. */
  readonly run: number;
}

/** What a client does about containers that the daemon supervises. */
export interface SupervisionCalls {
  /**
   * Asks a container to end, kills it after a time, and resolves when it has ended. The daemon does not restart it, also not
   * when it is started anew. A caller that leaves does not end the stop.
   *
   * @returns how it ended, or `null` if it never ran
   *
   * Rejects with
   * - `invalid-argument`: the platform does not know the signal
   */
  stop(id: string, options?: StopOptions): Promise<Exit | null>;

  /**
   * Stops a container as `stop` does, if it runs, and starts it.
   *
   * @returns its process id on the daemon's host, or `null` where the platform has none
   *
   * Rejects as `stop` and `start`.
   */
  restart(id: string, options?: StopOptions): Promise<number | null>;

  /** Returns how the runs of containers ended that have or had this id, the newest first; none is no error. */
  exits(id: string, options?: CallOptions): Promise<readonly PastExit[]>;
}

export function supervisionCalls({ containers: raw }: RawClients): SupervisionCalls {
  return {
    async stop(id, options = {}) {
      const { exit } = await raw.stopContainer(...stopCall(id, options));
      return exit === undefined ? null : exitFromMessage(exit);
    },
    restart: async (id, options = {}) => (await raw.restartContainer(...stopCall(id, options))).pid || null,
    async exits(id, options = {}) {
      const { exits } = await raw.listExits({ id }, options);
      return exits.map(({ uid, run, exit }) => ({ uid, run, ...exitFromMessage(required(exit, "exits.exit")) }));
    },
  };
}

function stopCall(id: string, { stopSignal = "", timeoutMs, ...options }: StopOptions) {
  const request = { id, signal: String(stopSignal), ...(timeoutMs !== undefined && { timeoutMs }) };
  return [request, options] as const;
}
