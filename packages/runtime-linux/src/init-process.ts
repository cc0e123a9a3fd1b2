import type {
  CallOptions,
  Exit,
  OutputFrame,
  OutputOptions,
  Process,
  ProcessState,
  Signal,
  TerminalSize,
} from "@gantry/api";
import { OperationError } from "@gantry/api";
import type { LinuxContainer } from "./container.ts";

/** A container's init process: the container itself, seen as a process. */
export class InitProcess implements Process {
  readonly id: string;
  readonly #container: LinuxContainer;

  constructor(container: LinuxContainer) {
    this.id = container.info.id;
    this.#container = container;
  }

  state(options?: CallOptions): Promise<ProcessState> {
    return this.#container.state(options);
  }

  start(options?: CallOptions): Promise<void> {
    return this.#container.start(options);
  }

  kill(signal: Signal, options?: CallOptions): Promise<void> {
    return this.#container.kill(signal, options);
  }

  async resize(size: TerminalSize): Promise<void> {
    await this.#container.supervised.resize(size);
  }

  async writeStdin(data: Uint8Array, options?: CallOptions): Promise<void> {
    await this.#container.supervised.writeStdin(data, options?.signal);
  }

  async closeStdin(): Promise<void> {
    await this.#container.supervised.closeStdin();
  }

  output(options?: OutputOptions): AsyncIterable<OutputFrame> {
    return this.#container.supervised.output(options ?? {});
  }

  wait(options?: CallOptions): Promise<Exit> {
    return this.#container.supervised.wait(options?.signal);
  }

  async delete(): Promise<Exit | null> {
    const detail = "is the init process of its container, and goes with it: delete the container";
    throw new OperationError("failed-precondition", { type: "process", id: this.id }, detail);
  }
}
