import type { AnyValue } from "../any-value.ts";
import type { CallOptions } from "../call-options.ts";
import type {
  CheckpointOptions,
  Container,
  ContainerInfo,
  DeleteOptions,
  ExecRequest,
  KillOptions,
  ProcessInfo,
} from "../container.ts";
import { OperationError } from "../errors.ts";
import type { ContainerInfo as ContainerInfoMessage } from "../gantry/runtime/v1/index.ts";
import type { Exit, Process, ProcessState, Signal } from "../process.ts";
import type { ContainerStats } from "../stats.ts";
import { dateFromMessage, statsFromMessage } from "../wire/index.ts";
import { RemoteProcess } from "./remote-process.ts";
import { type RemoteRuntimeParts, RemoteTarget } from "./remote-target.ts";
import { anyToMessage, execRequestToMessage, exitOf } from "./runtime-messages.ts";

/** A container at the other side. It knows the execs that were there when it was loaded, and those made by it. */
export class RemoteContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: Process;
  readonly #target: RemoteTarget;
  readonly #execs = new Map<string, Process>();

  constructor(parts: RemoteRuntimeParts, info: ContainerInfoMessage, execIds: readonly string[]) {
    const { namespace, id } = info;
    this.info = { namespace, id, runtime: parts.runtimeId, createdAt: dateFromMessage(info.createdAt) };
    this.#target = new RemoteTarget(parts, namespace, id);
    this.init = new RemoteProcess(this.#target);
    for (const execId of execIds) {
      this.#addExec(execId);
    }
  }

  state(options: CallOptions = {}): Promise<ProcessState> {
    return this.init.state(options);
  }

  start(options: CallOptions = {}): Promise<void> {
    return this.init.start(options);
  }

  async exec(request: ExecRequest, options: CallOptions = {}): Promise<Process> {
    const message = execRequestToMessage(this.info, request);
    await this.#target.change(options, (rpc) => this.#target.client.exec(message, rpc));
    return this.#addExec(request.id);
  }

  execs(): readonly Process[] {
    return [...this.#execs.values()];
  }

  async processes(options: CallOptions = {}): Promise<readonly ProcessInfo[]> {
    const request = { container: this.#target.ref() };
    const { processes } = await this.#target.ask(options, (rpc) => this.#target.client.listProcesses(request, rpc));
    return processes.map(({ pid, id }) => ({ pid, id: id || null }));
  }

  async kill(signal: Signal, options: KillOptions = {}): Promise<void> {
    const request = { process: this.#target.ref(), signal: String(signal), all: options.all ?? false };
    await this.#target.change(options, (rpc) => this.#target.client.kill(request, rpc));
  }

  async pause(options: CallOptions = {}): Promise<void> {
    await this.#target.change(options, (rpc) => this.#target.client.pause({ container: this.#target.ref() }, rpc));
  }

  async resume(options: CallOptions = {}): Promise<void> {
    await this.#target.change(options, (rpc) => this.#target.client.resume({ container: this.#target.ref() }, rpc));
  }

  async update(resources: AnyValue, options: CallOptions = {}): Promise<void> {
    const request = { container: this.#target.ref(), resources: anyToMessage(resources) };
    await this.#target.change(options, (rpc) => this.#target.client.update(request, rpc));
  }

  async stats(options: CallOptions = {}): Promise<ContainerStats> {
    const request = { container: this.#target.ref() };
    const { stats } = await this.#target.ask(options, (rpc) => this.#target.client.getStats(request, rpc));
    if (stats === undefined) {
      throw new OperationError(
        "internal",
        { type: "container", id: this.info.id },
        "the runtime did not send its stats",
      );
    }
    return statsFromMessage(stats);
  }

  async checkpoint(options: CheckpointOptions): Promise<void> {
    const { path, leaveRunning = false } = options;
    const request = { container: this.#target.ref(), path, leaveRunning };
    await this.#target.change(options, (rpc) => this.#target.client.checkpoint(request, rpc));
  }

  async delete(options: DeleteOptions = {}): Promise<Exit | null> {
    const request = { process: this.#target.ref(), force: options.force ?? false };
    const { exit } = await this.#target.change(options, (rpc) => this.#target.client.delete(request, rpc));
    this.#target.markDeleted();
    this.#execs.clear();
    return exitOf(exit);
  }

  #addExec(id: string): Process {
    const process = new RemoteProcess(this.#target, { id, onDeleted: () => this.#execs.delete(id) });
    this.#execs.set(id, process);
    return process;
  }
}
