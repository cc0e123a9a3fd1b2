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
import { checkIdentifier } from "../identifier.ts";
import type { Exit, Process, ProcessState, ProcessStatus, Signal } from "../process.ts";
import { processFromAny } from "../spec/any.ts";
import type { ContainerStats } from "../stats.ts";
import { checkProcess } from "./check-process.ts";
import { alive, DrivenProcess } from "./driven-process.ts";
import type { Awaitable, ContainerDriver, ProcessDriver } from "./driver.ts";
import type { RuntimeRules } from "./runtime-rules.ts";
import { SerialQueue } from "./serial-queue.ts";
import { signalNumber } from "./signal-number.ts";

/** What a container is made of. */
export interface DrivenContainerParts {
  readonly info: ContainerInfo;
  readonly driver: ContainerDriver;
  readonly rules: RuntimeRules;
  readonly forget: () => void;
}

/** A container by the rules of the contract, which its driver need not know. */
export class DrivenContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: DrivenProcess;
  readonly #parts: DrivenContainerParts;
  readonly #queue = new SerialQueue();
  readonly #execs = new Map<string, DrivenProcess>();

  constructor(parts: DrivenContainerParts) {
    const { info, driver, rules } = parts;
    this.info = info;
    this.#parts = parts;
    this.init = new DrivenProcess({ id: info.id, driver: driver.init, rules, queue: this.#queue });
    for (const [id, exec] of driver.execs ?? []) this.#add(id, exec);
  }

  state(options?: CallOptions): Promise<ProcessState> {
    return this.init.state(options);
  }

  start(options?: CallOptions): Promise<void> {
    return this.init.start(options);
  }

  async exec({ id, process, stdio }: ExecRequest, options: CallOptions = {}): Promise<Process> {
    this.#parts.rules.requireCapability("exec");
    checkIdentifier("process", id);
    const read = processFromAny(process);
    checkProcess(read);
    this.#parts.rules.requireStreams(stdio, read.terminal);
    return this.init.change(options, async () => {
      await this.init.require("exec", ["running"]);
      const subject = { type: "process", id } as const;
      if (this.#execs.has(id)) throw new OperationError("already-exists", subject, "is in use in its container");
      const made = await this.#parts.driver.exec?.({ id, process: read, stdio, signal: options.signal });
      return this.#add(id, demand(made, "exec"));
    });
  }

  execs(): readonly Process[] {
    return [...this.#execs.values()];
  }

  async processes(options?: CallOptions): Promise<readonly ProcessInfo[]> {
    options?.signal?.throwIfAborted();
    await this.init.require("list processes", alive);
    const all = [this.init, ...this.#execs.values()].map(async (one) => ({ id: one.id, ...(await one.state()) }));
    return (await Promise.all(all)).flatMap(({ id, pid }) => (pid === null ? [] : [{ id, pid }]));
  }

  kill(signal: Signal, { all = false, ...options }: KillOptions = {}): Promise<void> {
    return this.init.change(options, async () => {
      const number = signalNumber(signal, this.init.subject);
      await this.init.signal(number, all);
      for (const exec of all ? this.#execs.values() : []) {
        if ((await exec.state()).status === "running") await exec.signal(number, true);
      }
    });
  }

  pause(options?: CallOptions): Promise<void> {
    return this.#act("pause", { ...options, expected: ["running"] }, (driver) => driver.pause?.());
  }

  resume(options?: CallOptions): Promise<void> {
    return this.#act("pause", { ...options, expected: ["paused"], doing: "resume" }, (driver) => driver.resume?.());
  }

  update(resources: AnyValue, options?: CallOptions): Promise<void> {
    return this.#act("update", { ...options, expected: alive }, (driver) => driver.update?.(resources));
  }

  async stats(options?: CallOptions): Promise<ContainerStats> {
    const stats = await this.#act("stats", { ...options, expected: alive }, (driver) => driver.stats?.());
    return demand(stats, "stats");
  }

  checkpoint(options: CheckpointOptions): Promise<void> {
    return this.#act("checkpoint", { ...options, expected: ["running"] }, (driver) => driver.checkpoint?.(options));
  }

  delete({ force = false, ...options }: DeleteOptions = {}): Promise<Exit | null> {
    return this.init.change(options, async () => {
      if (!force) await this.init.require("delete", ["created", "stopped"]);
      for (const process of [this.init, ...this.#execs.values()]) await process.end();
      for (const exec of this.#execs.values()) await exec.remove();
      const exit = await this.init.remove();
      this.#parts.forget();
      return exit;
    });
  }

  #add(id: string, driver: ProcessDriver): DrivenProcess {
    const { rules } = this.#parts;
    const exec = new DrivenProcess({ id, driver, rules, queue: this.#queue, forget: () => this.#execs.delete(id) });
    this.#execs.set(id, exec);
    return exec;
  }

  /** Does something that not every platform can, where the container stands as it must. */
  async #act<T>(
    capability: "pause" | "update" | "stats" | "checkpoint",
    when: CallOptions & { readonly expected: readonly ProcessStatus[]; readonly doing?: string },
    work: (driver: ContainerDriver) => Awaitable<T>,
  ): Promise<T> {
    this.init.checkPresent();
    this.#parts.rules.requireCapability(capability);
    return this.init.change(when, async () => {
      await this.init.require(when.doing ?? capability, when.expected);
      return work(this.#parts.driver);
    });
  }
}

/** A driver has what its capabilities say. */
function demand<T>(value: T | undefined, method: string): T {
  if (value === undefined) throw new TypeError(`the driver has the capability and no method: ${method}`);
  return value;
}
