import {
  type AnyValue,
  type CallOptions,
  type CheckpointOptions,
  type Container,
  type ContainerInfo,
  type ContainerStats,
  checkIdentifier,
  type DeleteOptions,
  type ExecRequest,
  type Exit,
  type KillOptions,
  OperationError,
  type Process,
  type ProcessInfo,
  type ProcessState,
  type ProcessStatus,
  type Signal,
} from "@gantry/api";
import { requireStatus, signalNumber } from "@gantry/api/kit";
import { processFromAny } from "@gantry/api/spec";
import { checkAbsolute, checkEmptyDirectory, writeCheckpoint } from "./checkpoint.ts";
import type { KeptContainer } from "./kept-container.ts";
import { SimulatedProcess } from "./process.ts";
import { processRecordOf, updatedLimits } from "./request.ts";
import { killSignal } from "./signal.ts";
import { readStats } from "./stats.ts";
import { alive, exitOf, statusOf } from "./status.ts";

/** Id of the runtime, as registered. */
export const runtimeId = "simulated";

/** A simulated container, as its runtime's users see it. */
export class SimulatedContainer implements Container {
  readonly info: ContainerInfo;
  readonly init: SimulatedProcess;
  readonly kept: KeptContainer;
  readonly #execs: SimulatedProcess[];

  constructor(kept: KeptContainer) {
    const { namespace, id, createdAt, processes } = kept.record;
    this.kept = kept;
    this.info = { namespace, id, runtime: runtimeId, createdAt: new Date(createdAt) };
    this.init = new SimulatedProcess(kept, kept.init);
    this.#execs = processes.slice(1).map((record) => new SimulatedProcess(kept, record));
  }

  state(options?: CallOptions): Promise<ProcessState> {
    return this.init.state(options);
  }

  start(options?: CallOptions): Promise<void> {
    return this.init.start(options);
  }

  async exec(request: ExecRequest, options?: CallOptions): Promise<Process> {
    return this.#act(options, () => {
      const { subject, record, init } = this.kept;
      const id = checkIdentifier("process", request.id);
      const process = processRecordOf(
        id,
        { cwd: init.cwd, env: init.env, ...processFromAny(request.process) },
        request.stdio,
      );
      this.#require("exec", ["running"]);
      if (record.processes.some((one) => one.id === id)) {
        throw new OperationError("already-exists", { type: "process", id }, `is in use in container ${subject.id}`);
      }
      record.processes.push(process);
      const exec = new SimulatedProcess(this.kept, process);
      this.#execs.push(exec);
      return exec;
    });
  }

  execs(): readonly Process[] {
    return this.#execs.filter(({ record }) => this.kept.record.processes.includes(record));
  }

  async processes(options?: CallOptions): Promise<readonly ProcessInfo[]> {
    return this.#act(options, () => {
      this.#require("list processes", alive);
      const living = this.kept.record.processes.filter(({ pid, exit }) => pid > 0 && exit === null);
      return living.map(({ pid, id }) => ({ pid, id }));
    });
  }

  async kill(signal: Signal, options?: KillOptions): Promise<void> {
    this.#act(options, (now) => {
      const number = signalNumber(signal, this.kept.subject);
      this.#require("kill", alive);
      this.kept.requireProcess("kill");
      const { record, simulation, init } = this.kept;
      const targets = options?.all ? record.processes.filter(({ status }) => status === "running") : [];
      for (const process of new Set([init, ...targets])) simulation.signal(process, number, now);
    });
  }

  async pause(options?: CallOptions): Promise<void> {
    this.#act(options, () => {
      this.#require("pause", ["running"]);
      this.kept.record.isPaused = true;
    });
  }

  async resume(options?: CallOptions): Promise<void> {
    this.#act(options, (now) => {
      this.#require("resume", ["paused"]);
      this.kept.simulation.resume(now);
    });
  }

  async update(resources: AnyValue, options?: CallOptions): Promise<void> {
    this.#act(options, () => {
      const { limits } = this.kept.record;
      const updated = updatedLimits(resources, limits);
      this.#require("update", alive);
      this.kept.requireProcess("update");
      Object.assign(limits, updated);
    });
  }

  async stats(options?: CallOptions): Promise<ContainerStats> {
    return this.#act(options, () => {
      this.#require("read stats", alive);
      return readStats(this.kept.record);
    });
  }

  async checkpoint(options: CheckpointOptions): Promise<void> {
    this.#act(options, (now) => {
      const { path, leaveRunning = false } = options;
      const { subject, record, simulation, init } = this.kept;
      checkAbsolute(path, subject);
      this.#require("checkpoint", ["running"]);
      const exec = record.processes.find((one) => one !== init && one.status === "running");
      if (exec !== undefined) {
        throw new OperationError("failed-precondition", subject, `cannot checkpoint while its exec ${exec.id} runs`);
      }
      checkEmptyDirectory(path, subject);
      writeCheckpoint(path, record, now);
      if (!leaveRunning) simulation.signal(init, killSignal, now);
    });
  }

  async delete(options?: DeleteOptions): Promise<Exit | null> {
    const exit = this.#act(options, (now) => {
      const { init, simulation } = this.kept;
      if (!options?.force) this.#require("delete", ["created", "stopped"]);
      // One that never ran has no exit of which anybody should be told.
      if (init.status === "running") simulation.signal(init, killSignal, now);
      return exitOf(init);
    });
    this.kept.remove();
    return exit;
  }

  /** Does something with the container, at the present simulated time. */
  #act<T>(options: CallOptions | undefined, work: (now: number) => T): T {
    options?.signal?.throwIfAborted();
    return this.kept.act(work);
  }

  #require(doing: string, expected: readonly ProcessStatus[]): void {
    requireStatus(this.kept.subject, statusOf(this.kept.init, this.kept.record), { doing, expected });
  }
}
