import { createClient } from "@connectrpc/connect";
import type { CallOptions } from "../call-options.ts";
import type { Container } from "../container.ts";
import { OperationError } from "../errors.ts";
import type { LoadedContainer as LoadedContainerMessage, StreamEventsResponse } from "../gantry/runtime/v1/index.ts";
import { RuntimeService } from "../gantry/runtime/v1/index.ts";
import type {
  CreateRequest,
  LoadedContainer,
  Runtime,
  RuntimeCapabilities,
  RuntimeEvent,
  RuntimeInfo,
} from "../runtime.ts";
import { operationErrorFrom } from "../wire/index.ts";
import { Connection } from "./connection.ts";
import { readAhead } from "./read-ahead.ts";
import { RemoteContainer } from "./remote-container.ts";
import type { RemoteRuntimeParts } from "./remote-target.ts";
import {
  capabilitiesFromMessage,
  createRequestToMessage,
  eventFromMessage,
  runtimeInfoFromMessage,
} from "./runtime-messages.ts";

/**
 * Connects to a runtime that another process serves: by {@link serveRuntime}, or anything else that serves
 * `gantry.runtime.v1.RuntimeService` over gRPC.
 *
 * The result keeps the contract. When the other process is gone, calls reject with `unavailable`, and work again once it
 * is back; it has `events` if the other side has. `close` ends the connection and leaves the other process alone.
 *
 * @param address - `unix:///PATH` or `http://127.0.0.1:PORT`
 * @param options - `signal`: how long to wait for the first answer
 *
 * Rejects with
 * - `invalid-argument`: `address` has another form
 * - `unavailable`: nobody answers there
 * - `unimplemented`: who answers serves something else
 */
export async function connectRuntime(address: string, options: CallOptions = {}): Promise<Runtime> {
  const connection = new Connection(address, "runtime");
  try {
    const client = createClient(RuntimeService, connection.transport);
    const info = await connection.ask(options, (rpc) => client.getInfo({}, rpc));
    const parts = { connection, client, runtimeId: info.id };
    const capabilities = capabilitiesFromMessage(info.capabilities);
    return info.capabilities?.events
      ? new RemoteRuntimeWithEvents(parts, capabilities)
      : new RemoteRuntime(parts, capabilities);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class RemoteRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities;
  protected readonly parts: RemoteRuntimeParts;

  constructor(parts: RemoteRuntimeParts, capabilities: RuntimeCapabilities) {
    this.parts = parts;
    this.capabilities = capabilities;
  }

  async info(options: CallOptions = {}): Promise<RuntimeInfo> {
    const { connection, client } = this.parts;
    return runtimeInfoFromMessage(await connection.ask(options, (rpc) => client.getInfo({}, rpc)));
  }

  async create(request: CreateRequest, options: CallOptions = {}): Promise<Container> {
    const { connection, client } = this.parts;
    const message = createRequestToMessage(request);
    const { info } = await connection.change(options, (rpc) => client.create(message, rpc));
    if (info === undefined) {
      throw new OperationError(
        "internal",
        { type: "container", id: request.id },
        "the runtime did not tell what it made",
      );
    }
    return new RemoteContainer(this.parts, info, []);
  }

  async load(options: CallOptions = {}): Promise<readonly LoadedContainer[]> {
    const { connection, client } = this.parts;
    const { containers } = await connection.change(options, (rpc) => client.load({}, rpc));
    return containers.map((entry) => this.#loaded(entry));
  }

  async close(): Promise<void> {
    this.parts.connection.close();
  }

  #loaded({ info, execIds, failure }: LoadedContainerMessage): LoadedContainer {
    const { namespace = "", id = "" } = info ?? {};
    if (failure !== undefined || info === undefined) {
      const subject = { type: "container" as const, id };
      const error =
        failure === undefined
          ? new OperationError("internal", subject, "the runtime did not tell what it found")
          : operationErrorFrom(failure, 0, undefined);
      return { namespace, id, error };
    }
    return { namespace, id, container: new RemoteContainer(this.parts, info, execIds) };
  }
}

class RemoteRuntimeWithEvents extends RemoteRuntime {
  events(options: CallOptions = {}): AsyncIterable<RuntimeEvent> {
    const { connection, client } = this.parts;
    const events = connection.read(options, (rpc) => eventsOf(client.streamEvents({}, rpc)));
    return readAhead(events, options.signal);
  }
}

async function* eventsOf(answers: AsyncIterable<StreamEventsResponse>): AsyncGenerator<RuntimeEvent, void, undefined> {
  for await (const answer of answers) {
    const event = eventFromMessage(answer);
    if (event !== null) {
      yield event;
    }
  }
}
