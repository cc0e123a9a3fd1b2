import {
  type CheckpointOptions,
  type Container,
  type ContainerInfo,
  type ContainerStats,
  type DeleteOptions,
  type ExecRequest,
  type Exit,
  type KillOptions,
  OperationError,
  type Process,
  type ProcessInfo,
  type ProcessState,
  type Signal,
} from "@gantry/api";
import { FakeProcess } from "./fake-process.ts";

/** What a fake container tells the runtime that made it. */
export interface FakeContainerHost {
  changed(container: FakeContainer): void;
  removing(container: FakeContainer): Promise<void>;
  removed(container: FakeContainer): Promise<void>;
  starting(container: FakeContainer): Promise<void>;
  started(container: FakeContainer): Promise<void>;
  killing(container: FakeContainer): Promise<void>;
  nextPid(): number;
}

/** A container that runs nothing. */
export class FakeContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: FakeProcess;
  /** Called with each exec that is made. */
  onExec: ((process: FakeProcess) => void) | undefined;
  readonly #host: FakeContainerHost;
  readonly #execs = new Map<string, FakeProcess>();

  constructor(info: ContainerInfo, host: FakeContainerHost) {
    this.info = info;
    this.#host = host;
    this.init = new FakeProcess(info.id, host.nextPid(), () => host.changed(this));
  }

  state(): Promise<ProcessState> {
    return this.init.state();
  }

  async start(): Promise<void> {
    await this.#host.starting(this);
    await this.init.start();
    await this.#host.started(this);
  }

  async exec(request: ExecRequest): Promise<Process> {
    if (this.init.status !== "running") throw this.#refuse("is not running");
    if (this.#execs.has(request.id)) {
      throw new OperationError("already-exists", { type: "process", id: request.id }, "the id is in use");
    }
    const process = new FakeProcess(request.id, this.#host.nextPid());
    this.onExec?.(process);
    this.#execs.set(request.id, process);
    const { delete: remove } = process;
    process.delete = async () => {
      const exit = await remove.call(process);
      this.#execs.delete(request.id);
      return exit;
    };
    return process;
  }

  execs(): readonly FakeProcess[] {
    return [...this.#execs.values()];
  }

  async processes(): Promise<readonly ProcessInfo[]> {
    return [{ pid: this.init.pid, id: this.info.id }];
  }

  async kill(signal: Signal, _options?: KillOptions): Promise<void> {
    await this.#host.killing(this);
    await this.init.kill(signal);
  }

  async pause(): Promise<void> {
    if (this.init.status !== "running") throw this.#refuse(`is ${this.init.status}, expected running`);
    this.init.move("paused");
  }

  async resume(): Promise<void> {
    if (this.init.status !== "paused") throw this.#refuse(`is ${this.init.status}, expected paused`);
    this.init.move("running");
  }

  async update(): Promise<void> {
    throw new OperationError("unimplemented", { type: "container", id: this.info.id }, "the fake has no limits");
  }

  async stats(): Promise<ContainerStats> {
    if (this.init.exit !== null) throw this.#refuse("is stopped");
    return { readAt: new Date(), pids: { current: 1n } };
  }

  async checkpoint(_options: CheckpointOptions): Promise<void> {
    throw new OperationError("unimplemented", { type: "container", id: this.info.id }, "the fake has no state");
  }

  async delete({ force = false }: DeleteOptions = {}): Promise<Exit | null> {
    const { status } = this.init;
    if (!force && (status === "running" || status === "paused")) throw this.#refuse(`is ${status}`);
    await this.#host.removing(this);
    if (status === "running" || status === "paused") this.init.end(137);
    this.init.forget();
    await this.#host.removed(this);
    return this.init.exit;
  }

  #refuse(detail: string): OperationError {
    return new OperationError("failed-precondition", { type: "container", id: this.info.id }, detail);
  }
}
