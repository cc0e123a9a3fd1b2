import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { OperationError, type Subject } from "@gantry/api";
import { ErrorDetailSchema } from "@gantry/api/gantry/types/v1";
import { kindOfStatusCode, operationErrorFrom } from "@gantry/api/wire";

/** Where calls go, and how to tell that nobody is there. */
export interface Connection {
  readonly transport: Transport;
  /** The address, as errors name it. */
  readonly address: string;
  /** What the header `authorization` of each request says. Default: nothing. */
  readonly authorization?: string;
  /**
   * What a failure of the transport itself means, if it is one: the other side is not there, or is gone.
   *
   * @returns words for an error message, or `null` if the failure is of another kind
   */
  readonly lossOf: (failure: ConnectError) => string | null;
  /** Frees the connection; calls that are under way fail. */
  readonly close: () => void;
}

/** The header that names the namespace that a request concerns. */
const namespaceHeader = "gantry-namespace";
/** The header that names the lease to which a request adds what it makes. */
const leaseHeader = "gantry-lease";

/** What every call of a client says besides what it asks. */
export interface CallScope {
  readonly namespace: string;
  /** Id of a lease; absent for none. */
  readonly lease?: string | undefined;
}

/**
 * Wraps a transport so that every call names its namespace and lease, and every failure is the daemon's `OperationError` again.
 *
 * Not an interceptor: what an interceptor throws is made a `ConnectError` by the transport around it.
 */
export function operationTransport(connection: Connection, scope: CallScope, isClosed: () => boolean): Transport {
  const { transport } = connection;
  const peer: Subject = { type: "daemon", id: connection.address };
  const enter = (signal: AbortSignal | undefined, given: HeadersInit | undefined): Headers => {
    if (isClosed()) {
      throw closedError(peer);
    }
    signal?.throwIfAborted();
    const header = new Headers(given);
    header.set(namespaceHeader, scope.namespace);
    if (scope.lease !== undefined) header.set(leaseHeader, scope.lease);
    if (connection.authorization !== undefined) header.set("authorization", connection.authorization);
    return header;
  };
  const failure = (error: unknown, signal: AbortSignal | undefined) =>
    isClosed() ? closedError(peer) : translate(error, { signal, peer, connection });
  return {
    async unary(method, signal, timeoutMs, given, input, contextValues) {
      const header = enter(signal, given);
      try {
        return await transport.unary(method, signal, timeoutMs, header, input, contextValues);
      } catch (error) {
        throw failure(error, signal);
      }
    },
    async stream(method, signal, timeoutMs, given, input, contextValues) {
      const header = enter(signal, given);
      try {
        const response = await transport.stream(method, signal, timeoutMs, header, input, contextValues);
        return { ...response, message: translated(response.message, (error) => failure(error, signal)) };
      } catch (error) {
        throw failure(error, signal);
      }
    },
  };
}

function closedError(peer: Subject): OperationError {
  return new OperationError("failed-precondition", peer, "the client is closed");
}

interface Circumstances {
  readonly signal: AbortSignal | undefined;
  readonly peer: Subject;
  readonly connection: Connection;
}

function translate(error: unknown, { signal, peer, connection }: Circumstances): unknown {
  if (signal?.aborted) {
    return signal.reason;
  }
  const failure = ConnectError.from(error);
  const [detail] = failure.findDetails(ErrorDetailSchema);
  if (detail !== undefined) {
    return operationErrorFrom(detail, failure.code, failure);
  }
  const loss = connection.lossOf(failure);
  if (loss !== null) {
    return new OperationError("unavailable", peer, loss, { cause: failure });
  }
  // Something between here and the services answered, a limit of the listener for example.
  const kind = failure.code === Code.Unknown ? "internal" : kindOfStatusCode(failure.code);
  return new OperationError(kind, peer, failure.rawMessage, { cause: failure });
}

/** Not a generator, whose `return` would wait for a step that may never come. */
function translated<T>(messages: AsyncIterable<T>, failure: (error: unknown) => unknown): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            return await source.next();
          } catch (error) {
            throw failure(error);
          }
        },
      };
    },
  };
}
