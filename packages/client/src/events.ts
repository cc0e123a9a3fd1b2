import { type CallOptions, type Exit, isOperationError } from "@gantry/api";
import type { Event as EventMessage, SubscribeResponse } from "@gantry/api/gantry/events/v1";
import { dateFromMessage, exitFromMessage, labelsFromMessage } from "@gantry/api/wire";
import { delay } from "./delay.ts";
import type { RawClients } from "./raw.ts";
import { type RpcOptions, ServerStream } from "./server-stream.ts";

/** Something that happened. */
export interface DaemonEvent {
  /** Grows from event to event; what `after` takes. */
  readonly sequence: bigint;
  readonly occurredAt: Date;
  readonly namespace: string;
  /** `AREA.WORD`: `container.exited`, `image.created` and so on. */
  readonly topic: string;
  /** Identifier of the thing it happened to. */
  readonly subject: string;
  /** Id of the exec, for topics of the area `exec`; `null` else. */
  readonly execId: string | null;
  /** How the process ended, for `container.exited` and `exec.exited`; `null` else. */
  readonly exit: Exit | null;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Options of {@link EventsClient.subscribe}. */
export interface SubscribeOptions extends CallOptions {
  /** The sequence number of the last event already seen; 0n: from the first that is kept. Default: from now on. */
  readonly after?: bigint;
  /**
   * Whether to wait for what happens later, until the reader leaves. A connection that is lost meanwhile is made again,
   * and nothing is missed or seen twice. Default: false.
   */
  readonly follow?: boolean;
  /** Expressions such as `topic==container.exited` or `subject~=^web`; several mean or. Default: all. */
  readonly filters?: readonly string[];
  /** Whether to show the events of all namespaces. Default: false. */
  readonly allNamespaces?: boolean;
  /** Hears where the log ends each time the reader is in place: what is caused afterwards will be shown. */
  readonly onReady?: (cursor: bigint) => void;
}

/** What happened, and what happens. */
export interface EventsClient {
  /**
   * Shows events in the order of their sequence numbers. Ending the iteration frees the reader.
   *
   * Rejects with
   * - `out-of-range`: events behind `after` are no longer kept
   * - `invalid-argument`: a filter cannot be read
   * - `unavailable`: the daemon is not there at first, or is gone and `follow` is not set
   */
  subscribe(options?: SubscribeOptions): AsyncGenerator<DaemonEvent, void, undefined>;
}

const firstRetryMs = 50;
const lastRetryMs = 2000;

export function createEvents({ events: raw }: RawClients): EventsClient {
  return {
    async *subscribe(options = {}) {
      const { follow = false, signal } = options;
      const position: Position = { cursor: options.after, wasThere: false };
      for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, lastRetryMs)) {
        try {
          for await (const event of read(raw, options, position)) {
            retryMs = firstRetryMs;
            yield event;
          }
          if (!follow) {
            return;
          }
        } catch (error) {
          const mayReturn = follow && position.wasThere;
          if (!mayReturn || !isOperationError(error, "unavailable", "resource-exhausted")) {
            throw error;
          }
        }
        // The daemon stopped or is gone, or the reader was too slow for it; the cursor says where to go on.
        await delay(retryMs, signal);
      }
    },
  };
}

/** How far a reader is; moved on by {@link read}. */
interface Position {
  /** `undefined`: from now on. */
  cursor: bigint | undefined;
  /** Whether the daemon ever answered. */
  wasThere: boolean;
}

/** Shows what one call sends. */
async function* read(
  raw: RawClients["events"],
  options: SubscribeOptions,
  position: Position,
): AsyncGenerator<DaemonEvent> {
  const { allNamespaces = false, filters = [], follow = false, onReady } = options;
  const begin = position.cursor === undefined ? { fromNow: true } : { afterSequence: position.cursor };
  const open = (rpc: RpcOptions) => raw.subscribe({ ...begin, follow, filters: [...filters], allNamespaces }, rpc);
  for await (const { cursor, event } of new ServerStream<SubscribeResponse>(options, open, (answer) => answer)) {
    position.wasThere = true;
    if (event === undefined) {
      // The first answer says where the log ends. Without a cursor of the caller's, that is where to begin.
      position.cursor ??= cursor;
      onReady?.(cursor);
    } else {
      position.cursor = cursor;
      yield eventFrom(event);
    }
  }
}

function eventFrom(message: EventMessage): DaemonEvent {
  const { sequence, namespace, topic, subject, execId, exit } = message;
  return {
    sequence,
    occurredAt: dateFromMessage(message.occurredAt),
    namespace,
    topic,
    subject,
    execId: execId || null,
    exit: exit === undefined ? null : exitFromMessage(exit),
    attributes: labelsFromMessage(message.attributes),
  };
}
