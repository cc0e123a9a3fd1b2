import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { Code, ConnectError, createClient, type CallOptions as RpcOptions, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { CallOptions } from "../call-options.ts";
import { OperationError, type Subject, type SubjectType } from "../errors.ts";
import { CallService } from "../gantry/system/v1/index.ts";
import { parseAddress } from "./address.ts";
import { callIdHeader } from "./cancelable-calls.ts";
import { fromConnectError } from "./connect-error.ts";
import { leaving, RemoteStream } from "./remote-stream.ts";

/**
 * One connection to a process that serves a contract, made when it is first needed and made again after the other side
 * was restarted. It keeps the promises of the contracts about errors, signals and `close`.
 */
export class Connection {
  readonly transport: Transport;
  readonly #peer: Subject;
  readonly #session: Http2SessionManager;
  readonly #calls;
  #closed = false;

  /** Throws `invalid-argument`: `address` is none. */
  constructor(address: string, type: SubjectType) {
    this.#peer = { type, id: address };
    const parsed = parseAddress(address, this.#peer);
    const baseUrl = parsed.kind === "unix" ? "http://localhost" : address;
    this.#session = new Http2SessionManager(
      baseUrl,
      {},
      {
        // Node counts what slow readers leave unread, and at 10 MB refuses further calls.
        maxSessionMemory: 1_000,
        ...(parsed.kind === "unix" ? { createConnection: () => connect(parsed.path) } : {}),
      },
    );
    this.transport = createGrpcTransport({ baseUrl, sessionManager: this.#session, acceptCompression: [] });
    this.#calls = createClient(CallService, this.transport);
  }

  /** Makes a call that changes nothing. On abort it is left at once. */
  async ask<T>(options: CallOptions, call: (options: RpcOptions) => Promise<T>): Promise<T> {
    this.#demandOpen();
    options.signal?.throwIfAborted();
    try {
      return await call(options);
    } catch (error) {
      throw this.#failure(error, options);
    }
  }

  /** Makes a call that changes something. On abort the other side is asked to stop, and tells when all is undone. */
  async change<T>(options: CallOptions, call: (options: RpcOptions) => Promise<T>): Promise<T> {
    const { signal } = options;
    if (signal === undefined) {
      return this.ask(options, call);
    }
    this.#demandOpen();
    signal.throwIfAborted();
    const callId = randomUUID();
    const leave = new AbortController();
    const cancel = () => {
      // Who does not know the service, or is gone, will not tell how the call ended either.
      this.#calls.cancelCall({ callId }).catch(() => leave.abort(leaving()));
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await call({ signal: leave.signal, headers: { [callIdHeader]: callId } });
    } catch (error) {
      throw this.#failure(error, options);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Reads a stream, from the first step on. Aborting, or ending the iteration, ends it at the other side too. */
  read<T>(options: CallOptions, open: (options: RpcOptions) => AsyncIterable<T>): AsyncIterableIterator<T> {
    const begin = (left: AbortSignal) => {
      this.#demandOpen();
      options.signal?.throwIfAborted();
      const signal = options.signal === undefined ? left : AbortSignal.any([options.signal, left]);
      return open({ signal });
    };
    return new RemoteStream(begin, (error) => this.#failure(error, options));
  }

  /** Ends the connection. Calls that run, and all later ones, reject with `failed-precondition`. */
  close(): void {
    this.#closed = true;
    this.#session.abort();
  }

  #demandOpen(): void {
    if (this.#closed) {
      throw new OperationError("failed-precondition", this.#peer, "is closed");
    }
  }

  #failure(error: unknown, { signal }: CallOptions): unknown {
    if (this.#closed) {
      return new OperationError("failed-precondition", this.#peer, "is closed", { cause: error });
    }
    const failure = fromConnectError(error, this.#peer);
    const canceled = failure.kind === "canceled" || ConnectError.from(error).code === Code.Canceled;
    return signal?.aborted && (canceled || error === signal.reason) ? signal.reason : failure;
  }
}
