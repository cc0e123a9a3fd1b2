import type { Client, CallOptions as RpcOptions } from "@connectrpc/connect";
import type { CallOptions } from "../call-options.ts";
import { OperationError } from "../errors.ts";
import type { RuntimeService } from "../gantry/runtime/v1/index.ts";
import type { Connection } from "./connection.ts";

/** A runtime at the other side of a connection. */
export interface RemoteRuntimeParts {
  readonly connection: Connection;
  readonly client: Client<typeof RuntimeService>;
  /** As the runtime calls itself. */
  readonly runtimeId: string;
}

/** One container of such a runtime, as its proxy and those of its processes share it. */
export class RemoteTarget {
  readonly namespace: string;
  readonly id: string;
  readonly client: Client<typeof RuntimeService>;
  readonly #connection: Connection;
  #deleted = false;

  constructor(parts: RemoteRuntimeParts, namespace: string, id: string) {
    this.namespace = namespace;
    this.id = id;
    this.client = parts.client;
    this.#connection = parts.connection;
  }

  /** Names the container, or one of its execs. */
  ref(execId = ""): { readonly namespace: string; readonly id: string; readonly execId: string } {
    return { namespace: this.namespace, id: this.id, execId };
  }

  /** As `Connection.ask`. */
  async ask<T>(options: CallOptions, call: (options: RpcOptions) => Promise<T>): Promise<T> {
    this.demandPresent();
    return this.#connection.ask(options, call);
  }

  /** As `Connection.change`. */
  async change<T>(options: CallOptions, call: (options: RpcOptions) => Promise<T>): Promise<T> {
    this.demandPresent();
    return this.#connection.change(options, call);
  }

  /** As `Connection.read`. */
  read<T>(options: CallOptions, open: (options: RpcOptions) => AsyncIterable<T>): AsyncIterable<T> {
    return this.#connection.read(options, (rpc) => {
      this.demandPresent();
      return open(rpc);
    });
  }

  /** Remembers that the container is gone: by now its names may be those of another one. */
  markDeleted(): void {
    this.#deleted = true;
  }

  /** Throws `not-found`: the container was deleted. */
  demandPresent(): void {
    if (this.#deleted) {
      throw new OperationError("not-found", { type: "container", id: this.id }, "was deleted");
    }
  }
}
