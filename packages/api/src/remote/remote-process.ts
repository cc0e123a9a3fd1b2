import type { CallOptions } from "../call-options.ts";
import { OperationError } from "../errors.ts";
import type { ReadOutputResponse } from "../gantry/runtime/v1/index.ts";
import type { Exit, OutputFrame, OutputOptions, Process, ProcessState, Signal, TerminalSize } from "../process.ts";
import { exitFromMessage, outputFrameFromMessage, processStateFromMessage } from "../wire/index.ts";
import { InOrder } from "./in-order.ts";
import type { RemoteTarget } from "./remote-target.ts";
import { exitOf } from "./runtime-messages.ts";

// The most that one WriteStdinRequest may hold.
const writeMaxBytes = 1 << 20;

/** A process of a container at the other side. */
export class RemoteProcess implements Process {
  readonly id: string;
  readonly #target: RemoteTarget;
  readonly #onDeleted: (() => void) | null;
  readonly #ref;
  readonly #writes = new InOrder();

  /** @param exec - its id and who forgets it after its deletion; absent for the init process */
  constructor(target: RemoteTarget, exec?: { readonly id: string; readonly onDeleted: () => void }) {
    this.id = exec?.id ?? target.id;
    this.#target = target;
    this.#onDeleted = exec?.onDeleted ?? null;
    this.#ref = { process: target.ref(exec?.id) };
  }

  async state(options: CallOptions = {}): Promise<ProcessState> {
    const { state } = await this.#target.ask(options, (rpc) => this.#target.client.getState(this.#ref, rpc));
    return processStateFromMessage(state);
  }

  async start(options: CallOptions = {}): Promise<void> {
    await this.#target.change(options, (rpc) => this.#target.client.start(this.#ref, rpc));
  }

  async kill(signal: Signal, options: CallOptions = {}): Promise<void> {
    const request = { ...this.#ref, signal: String(signal) };
    await this.#target.change(options, (rpc) => this.#target.client.kill(request, rpc));
  }

  async resize(size: TerminalSize, options: CallOptions = {}): Promise<void> {
    const { columns, rows } = size;
    await this.#target.change(options, (rpc) =>
      this.#target.client.resize({ ...this.#ref, size: { columns, rows } }, rpc),
    );
  }

  async writeStdin(data: Uint8Array, options: CallOptions = {}): Promise<void> {
    // Calls overtake each other on their way, so each waits for the one before.
    await this.#writes.run(options.signal, async () => {
      let from = 0;
      do {
        const piece = new Uint8Array(data.subarray(from, from + writeMaxBytes));
        await this.#target.change(options, (rpc) => this.#target.client.writeStdin({ ...this.#ref, data: piece }, rpc));
        from += writeMaxBytes;
      } while (from < data.length);
    });
  }

  async closeStdin(options: CallOptions = {}): Promise<void> {
    await this.#writes.run(options.signal, () =>
      this.#target.change(options, (rpc) => this.#target.client.closeStdin(this.#ref, rpc)),
    );
  }

  output(options: OutputOptions = {}): AsyncIterable<OutputFrame> {
    const { fromOffset = 0n, follow = false } = options;
    const request = { ...this.#ref, fromOffset, follow };
    return this.#target.read(options, (rpc) => {
      this.#demandOffset(fromOffset);
      return framesOf(this.#target.client.readOutput(request, rpc));
    });
  }

  async wait(options: CallOptions = {}): Promise<Exit> {
    const { exit } = await this.#target.ask(options, (rpc) => this.#target.client.wait(this.#ref, rpc));
    if (exit === undefined) {
      throw new OperationError("internal", { type: "process", id: this.id }, "the runtime did not tell how it ended");
    }
    return exitFromMessage(exit);
  }

  async delete(options: CallOptions = {}): Promise<Exit | null> {
    if (this.#onDeleted === null) {
      this.#target.demandPresent();
      const detail = "is the init process, which is deleted with its container";
      throw new OperationError("failed-precondition", { type: "process", id: this.id }, detail);
    }
    const { exit } = await this.#target.change(options, (rpc) => this.#target.client.delete(this.#ref, rpc));
    this.#onDeleted();
    return exitOf(exit);
  }

  /** Refuses an offset that no message can hold, as the runtime refuses it. */
  #demandOffset(offset: bigint): void {
    if (offset !== BigInt.asUintN(64, offset)) {
      throw new OperationError("out-of-range", { type: "process", id: this.id }, `has no output at offset ${offset}`);
    }
  }
}

async function* framesOf(answers: AsyncIterable<ReadOutputResponse>): AsyncGenerator<OutputFrame, void, undefined> {
  for await (const { frame } of answers) {
    if (frame !== undefined) {
      yield outputFrameFromMessage(frame);
    }
  }
}
